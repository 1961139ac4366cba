import { setField, setFields } from '../../../asl/edits';
import { child } from '../../../asl/pointer';
import type { State } from '../../../asl/types';
import { AddButton } from '../action/add';
import { member, type Slot, useEditing } from '../editing';
import { EnumControl } from '../fields/controls';
import { Field, Tool } from '../fields/Field';
import { TargetField } from '../fields/NextField';
import { isWritten, StateField } from '../fields/StateField';
import styles from '../inspector.module.css';
import { strayOfWorkflow } from '../model/known-fields';
import { slotOf } from './common';
import { Strays, StraysIn } from './strays';

const READERS = [
  { value: 'CSV', resource: 's3:getObject' },
  { value: 'JSON', resource: 's3:getObject' },
  { value: 'JSONL', resource: 's3:getObject', label: 'JSON Lines' },
  { value: 'PARQUET', resource: 's3:getObject', label: 'Parquet' },
  { value: 'MANIFEST', resource: 's3:getObject', label: 'S3 inventory manifest' },
  { value: '', resource: 's3:listObjectsV2', label: 'Objects of a bucket' },
] as const;

/** Of the objects whose items a reader joins. */
const OBJECTS = READERS.filter(({ value }) => value !== '' && value !== 'MANIFEST');

export function MapForm({ state }: { state: State }) {
  const { apply, language } = useEditing();
  const slot = slotOf(state);
  const processor = Object.hasOwn(state.value, 'Iterator') ? member(slot, 'Iterator') : member(slot, 'ItemProcessor');
  const config = member(processor, 'ProcessorConfig');
  const mode = member(config, 'Mode').value ?? 'INLINE';
  const isDistributed = mode === 'DISTRIBUTED';
  const selector = isWritten(slot, 'Parameters') && !isWritten(slot, 'ItemSelector') ? 'Parameters' : 'ItemSelector';
  const setMode = (next: unknown) => {
    if (next === mode) return;
    const value = next === 'DISTRIBUTED' ? { Mode: next, ExecutionType: 'STANDARD' } : { Mode: next };
    apply((parsed) => setField(parsed, config.at, value));
  };
  return (
    <>
      <div className={styles.pair}>
        <Field label="Mode" at={[config.at, child(config.at, 'Mode')]} help="Mode">
          <EnumControl
            label="Mode"
            value={mode}
            choices={[
              { value: 'INLINE', label: 'Inline' },
              { value: 'DISTRIBUTED', label: 'Distributed' },
            ]}
            onChange={setMode}
          />
        </Field>
        {isDistributed && (
          <StateField
            of={config}
            name="ExecutionType"
            label="Execution type"
            kind={[
              { value: 'STANDARD', label: 'Standard' },
              { value: 'EXPRESS', label: 'Express' },
            ]}
          />
        )}
      </div>
      <TargetField
        at={child(processor.at, 'StartAt')}
        value={member(processor, 'StartAt').value}
        label="First state of an item"
        help="StartAt"
        scope={processor.at}
      />
      {(!isWritten(slot, 'ItemReader') || isWritten(slot, 'Items', 'ItemsPath')) &&
        (language === 'JSONata' ? (
          <StateField of={slot} name="Items" kind="json" expression="jsonata" />
        ) : (
          <StateField of={slot} name="ItemsPath" kind="text" expression="always" placeholder="$.items" />
        ))}
      <StateField
        of={slot}
        name={selector}
        kind="json"
        expression="jsonata"
        label={selector === 'Parameters' ? 'Parameters, the old name of ItemSelector' : 'ItemSelector'}
        help="ItemSelector"
      />
      <StateField
        of={slot}
        name="MaxConcurrency"
        kind="integer"
        expression="Path"
        placeholder={isDistributed ? '10000' : '40'}
        constraint="Items at a time; 0 sets no limit"
      />
      <h3 className={styles.section}>Tolerated</h3>
      <div className={styles.pair}>
        <StateField
          of={slot}
          name="ToleratedFailurePercentage"
          label="Failures, %"
          kind="number"
          expression="Path"
          placeholder="0"
        />
        <StateField
          of={slot}
          name="ToleratedFailureCount"
          label="Failures"
          kind="integer"
          expression="Path"
          placeholder="0"
        />
      </div>
      {isDistributed && <Distributed slot={slot} />}
      <StateField of={processor} name="Comment" label="Comment of the item workflow" help="Comment" kind="text" />
      <Strays of={processor} strays={strayOfWorkflow(processor.value, language, false)} />
      <Strays of={config} strays={strayOfWorkflow(config.value, language, false, ['ProcessorConfig'])} />
    </>
  );
}

function Distributed({ slot }: { slot: Slot }) {
  const { language, apply } = useEditing();
  const parameters = language === 'JSONata' ? 'Arguments' : 'Parameters';
  const reader = member(slot, 'ItemReader');
  const readerConfig = member(reader, 'ReaderConfig');
  const batcher = member(slot, 'ItemBatcher');
  const writer = member(slot, 'ResultWriter');
  const writerConfig = member(writer, 'WriterConfig');
  const inputType = member(readerConfig, 'InputType').value;
  /** What has to do with a format is shown with it, and wherever it is written. */
  const has = (type: string, ...fields: string[]) => inputType === type || isWritten(readerConfig, ...fields);
  const listsObjects = String(member(reader, 'Resource').value ?? '').endsWith('listObjectsV2');
  const chooseReader = (chosen: unknown) => {
    const found = READERS.find(({ value }) => value === chosen);
    if (!found) return;
    const resource = `arn:aws:states:::${found.resource}`;
    const kept = ['MaxItems', 'MaxItemsPath', 'ExpectedBucketOwner'].flatMap((name) => {
      const value = member(readerConfig, name).value;
      return value === undefined ? [] : [[name, value]];
    });
    const config = {
      ...(found.value === '' ? {} : { InputType: found.value }),
      ...(found.value === 'CSV' ? { CSVHeaderLocation: 'FIRST_ROW' } : {}),
      ...Object.fromEntries(kept),
    };
    apply((parsed) =>
      setFields(parsed, reader.at, {
        Resource: resource,
        ReaderConfig: Object.keys(config).length === 0 ? undefined : config,
      }),
    );
  };
  return (
    <>
      <StateField of={slot} name="Label" kind="text" />
      <Part
        slot={reader}
        title="Read the items from S3"
        add="Read items from S3"
        start={{
          Resource: 'arn:aws:states:::s3:getObject',
          ReaderConfig: { InputType: 'JSON' },
          [parameters]: { Bucket: '', Key: '' },
        }}
      >
        <Field
          label="Source of the items"
          at={[child(reader.at, 'Resource'), child(readerConfig.at, 'InputType')]}
          help="ItemReader"
        >
          <EnumControl
            label="Source of the items"
            value={listsObjects ? '' : inputType}
            choices={READERS}
            onChange={chooseReader}
          />
        </Field>
        <StateField of={reader} name={parameters} kind="json" help="ItemReader" />
        {(listsObjects || isWritten(readerConfig, 'Transformation')) && (
          <div className={styles.pair}>
            <StateField
              of={readerConfig}
              name="Transformation"
              kind={[{ value: 'NONE' }, { value: 'LOAD_AND_FLATTEN', label: 'Load and join their items' }]}
              none="None: the items are the objects"
            />
            {member(readerConfig, 'Transformation').value === 'LOAD_AND_FLATTEN' && (
              <StateField of={readerConfig} name="InputType" label="Format of the objects" kind={OBJECTS} />
            )}
          </div>
        )}
        {has('CSV', 'CSVHeaderLocation', 'CSVDelimiter', 'CSVHeaders') && (
          <>
            <div className={styles.pair}>
              <StateField
                of={readerConfig}
                name="CSVHeaderLocation"
                label="Headers of the CSV"
                kind={[
                  { value: 'FIRST_ROW', label: 'In the first row' },
                  { value: 'GIVEN', label: 'Given here' },
                ]}
              />
              <StateField
                of={readerConfig}
                name="CSVDelimiter"
                label="Delimiter"
                kind={['COMMA', 'PIPE', 'SEMICOLON', 'SPACE', 'TAB'].map((value) => ({ value }))}
                none="Comma"
              />
            </div>
            {(member(readerConfig, 'CSVHeaderLocation').value === 'GIVEN' || isWritten(readerConfig, 'CSVHeaders')) && (
              <StateField of={readerConfig} name="CSVHeaders" label="Names of the columns" kind="json" />
            )}
          </>
        )}
        {has('JSON', 'ItemsPointer') && (
          <StateField of={readerConfig} name="ItemsPointer" kind="text" placeholder="/items" />
        )}
        {has('MANIFEST', 'ManifestType') && (
          <StateField
            of={readerConfig}
            name="ManifestType"
            kind={[{ value: 'S3_INVENTORY' }, { value: 'ATHENA_DATA' }]}
          />
        )}
        <StateField of={readerConfig} name="MaxItems" kind="integer" expression="Path" />
        <StateField of={readerConfig} name="ExpectedBucketOwner" kind="text" />
        <StraysIn of={reader} at={['ItemReader']} />
        <StraysIn of={readerConfig} at={['ItemReader', 'ReaderConfig']} />
      </Part>
      <Part slot={batcher} title="Batches" add="Batch items" start={{ MaxItemsPerBatch: 10 }}>
        <StateField of={batcher} name="MaxItemsPerBatch" label="Items per batch" kind="integer" expression="Path" />
        <StateField
          of={batcher}
          name="MaxInputBytesPerBatch"
          label="Bytes per batch"
          kind="integer"
          expression="Path"
        />
        <StateField
          of={batcher}
          name="BatchInput"
          label="Input for every batch"
          help="BatchInput"
          kind="json"
          expression="jsonata"
        />
        <StraysIn of={batcher} at={['ItemBatcher']} />
      </Part>
      <Part
        slot={writer}
        title="Write the results to S3"
        add="Write results to S3"
        start={{ Resource: 'arn:aws:states:::s3:putObject', [parameters]: { Bucket: '', Prefix: '' } }}
      >
        <StateField of={writer} name="Resource" kind="text" placeholder="arn:aws:states:::s3:putObject" />
        <StateField of={writer} name={parameters} kind="json" help="ResultWriter" />
        <div className={styles.pair}>
          <StateField
            of={writerConfig}
            name="OutputType"
            label="Written as"
            kind={[{ value: 'JSON' }, { value: 'JSONL', label: 'JSON Lines' }]}
            none="JSON (default)"
          />
          <StateField
            of={writerConfig}
            name="Transformation"
            kind={[{ value: 'NONE' }, { value: 'COMPACT' }, { value: 'FLATTEN' }]}
            none="None"
          />
        </div>
        <StraysIn of={writer} at={['ResultWriter']} />
        <StraysIn of={writerConfig} at={['ResultWriter', 'WriterConfig']} />
      </Part>
    </>
  );
}

/** A part of a distributed Map that it can be without. */
function Part({
  slot: part,
  title,
  add,
  start,
  children,
}: {
  slot: Slot;
  title: string;
  add: string;
  start: unknown;
  children: React.ReactNode;
}) {
  const { set } = useEditing();
  if (part.value === undefined) return <AddButton label={add} onClick={() => set(part.at, start)} />;
  return (
    <section className={styles.card}>
      <div className={styles.cardHead}>
        <strong className={styles.grow}>{title}</strong>
        <Tool label={`Remove: ${title}`} onClick={() => set(part.at, undefined)}>
          ✕
        </Tool>
      </div>
      <div className={`${styles.cardBody} ${styles.stack}`}>{children}</div>
    </section>
  );
}
