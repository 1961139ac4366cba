import Alert from '@cloudscape-design/components/alert';
import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tiles from '@cloudscape-design/components/tiles';
import Toggle from '@cloudscape-design/components/toggle';
import { setField } from '../../asl/edits';
import { apply } from '../canvas/commands';
import { useDocument, useStudio } from '../context';
import { type Config, configProblems } from './config';
import { Encryption } from './encryption';
import { Logging } from './logging';
import { Substitutions } from './substitutions';

/** Config mode: what the state machine has besides its definition. */
export default function ConfigPage() {
  const config = useDocument((state) => state.config);
  const setConfig = useDocument((state) => state.setConfig);
  const isNew = useDocument(({ base }) => base === null);
  const problems = configProblems(config);
  return (
    <section className="studio-config" aria-label="Configuration">
      <SpaceBetween size="l">
        <Container header={<Header variant="h2">Details</Header>}>
          <SpaceBetween size="m">
            <FormField
              label="Name"
              errorText={problems.name}
              constraintText={
                isNew
                  ? 'At most 80 characters.'
                  : 'A name cannot be changed. For another one, export the definition and create a new state machine.'
              }
            >
              <Input
                value={config.name}
                disabled={!isNew}
                onChange={({ detail }) => setConfig({ name: detail.value })}
                ariaRequired
              />
            </FormField>
            <FormField
              label="Type"
              description={isNew ? undefined : 'The type cannot be changed once the state machine is created.'}
            >
              <Tiles
                value={config.type}
                readOnly={!isNew}
                ariaLabel="Type"
                onChange={({ detail }) => setConfig({ type: detail.value as Config['type'] })}
                items={[
                  {
                    value: 'STANDARD',
                    label: 'Standard',
                    description: 'Durable, runs up to a year, keeps its history.',
                  },
                  { value: 'EXPRESS', label: 'Express', description: 'Many short runs of at most five minutes.' },
                ]}
              />
            </FormField>
            <FormField
              label="Execution role"
              errorText={problems.roleArn}
              description="The ARN of the role that its actions are called with."
            >
              <Input
                value={config.roleArn}
                onChange={({ detail }) => setConfig({ roleArn: detail.value })}
                ariaRequired
              />
            </FormField>
          </SpaceBetween>
        </Container>
        <WorkflowFields />
        <Container
          header={
            <Header
              variant="h2"
              description="What stands for ${Name} in the definition when it is saved and run. The draft keeps the names."
            >
              Substitutions
            </Header>
          }
        >
          <Substitutions />
        </Container>
        <Logging problem={problems.logGroupArn} />
        <Container header={<Header variant="h2">Tracing and encryption</Header>}>
          <SpaceBetween size="m">
            <Toggle
              checked={config.isTraced}
              onChange={({ detail }) => setConfig({ isTraced: detail.checked })}
              description="Each execution is told to the trace collector of the server, or to X-Ray on AWS."
            >
              Trace executions
            </Toggle>
            <Encryption problem={problems.kmsKeyId} />
          </SpaceBetween>
        </Container>
        <Container
          header={
            <Header variant="h2" description="At most 50.">
              Tags
            </Header>
          }
        >
          <AttributeEditor
            items={config.tags}
            addButtonText="Add tag"
            removeButtonText="Remove"
            empty="No tags."
            isItemRemovable={() => true}
            onAddButtonClick={() => setConfig({ tags: [...config.tags, { key: '', value: '' }] })}
            onRemoveButtonClick={({ detail }) =>
              setConfig({ tags: config.tags.filter((_, index) => index !== detail.itemIndex) })
            }
            definition={(['key', 'value'] as const).map((field) => ({
              label: field === 'key' ? 'Key' : 'Value',
              errorText: (tag: Config['tags'][number]) =>
                field === 'key' && config.tags.filter(({ key }) => key === tag.key).length > 1
                  ? 'This key is there twice.'
                  : undefined,
              control: (tag: Config['tags'][number], index: number) => (
                <Input
                  value={tag[field]}
                  onChange={({ detail }) =>
                    setConfig({
                      tags: config.tags.map((one, at) => (at === index ? { ...one, [field]: detail.value } : one)),
                    })
                  }
                />
              ),
            }))}
          />
        </Container>
      </SpaceBetween>
    </section>
  );
}

/** Comment and timeout stand in the definition itself. */
function WorkflowFields() {
  const studio = useStudio();
  const value = useDocument(({ workflow }) => workflow?.value);
  const isStale = useDocument((state) => state.isStale);
  const comment = typeof value?.Comment === 'string' ? value.Comment : '';
  const seconds = value?.TimeoutSeconds;
  return (
    <Container header={<Header variant="h2">Workflow</Header>}>
      <SpaceBetween size="m">
        {isStale && (
          <Alert type="info">The definition cannot be read. Repair it in Code mode, then these can be set.</Alert>
        )}
        <FormField label="Comment">
          <Input
            value={comment}
            disabled={isStale}
            onChange={({ detail }) =>
              apply(studio, (parsed) => setField(parsed, '/Comment', detail.value || undefined))
            }
          />
        </FormField>
        <FormField label="Timeout" description="Seconds after which an execution ends as timed out.">
          <Input
            type="number"
            inputMode="numeric"
            value={seconds === undefined ? '' : String(seconds)}
            disabled={isStale}
            placeholder="None"
            onChange={({ detail }) =>
              apply(studio, (parsed) =>
                setField(parsed, '/TimeoutSeconds', detail.value === '' ? undefined : Number(detail.value)),
              )
            }
          />
        </FormField>
      </SpaceBetween>
    </Container>
  );
}
