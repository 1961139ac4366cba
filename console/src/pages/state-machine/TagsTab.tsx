import AttributeEditor from '@cloudscape-design/components/attribute-editor';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/aws';
import { aws, refresh } from '../../api/queries';
import { flash } from '../../app/flashes';
import { CopyCli } from '../../shared/Copy';
import { cli } from '../../shared/cli';
import { ErrorBox, Loading } from '../../shared/Feedback';

interface Tag {
  key: string;
  value: string;
}

/** The tags of a state machine or an activity. */
export function TagsTab({ arn }: { arn: string }) {
  const { data, error, refetch } = useQuery(
    aws<{ tags: Tag[] }>('stepfunctions', 'ListTagsForResource', { resourceArn: arn }),
  );
  if (!data) return error ? <ErrorBox error={error} onRetry={() => refetch()} /> : <Loading />;
  return <TagEditor arn={arn} tags={data.tags} />;
}

function TagEditor({ arn, tags }: { arn: string; tags: Tag[] }) {
  const [edited, setRows] = useState<Tag[] | null>(null);
  const rows = edited ?? tags;
  const given = rows.filter(({ key }) => key !== '');
  const tagKeys = tags.map(({ key }) => key).filter((key) => !given.some((tag) => tag.key === key));
  const changed = given.filter(({ key, value }) => !tags.some((tag) => tag.key === key && tag.value === value));
  const requests: ['TagResource' | 'UntagResource', object][] = [];
  if (tagKeys.length > 0) requests.push(['UntagResource', { resourceArn: arn, tagKeys }]);
  if (changed.length > 0) requests.push(['TagResource', { resourceArn: arn, tags: changed }]);
  const save = useMutation({
    mutationFn: async () => {
      for (const [operation, input] of requests) await call('stepfunctions', operation, input);
    },
    onSuccess: () => flash({ type: 'success', content: 'Tags saved' }),
    // Of two requests one may have failed: what was typed stays then.
    onSettled: async (_, error) => {
      await refresh('stepfunctions');
      if (!error) setRows(null);
    },
  });
  const problemOf = ({ key }: Tag) =>
    key.startsWith('aws:')
      ? 'Keys that begin with aws: are AWS’s own.'
      : key !== '' && rows.filter((row) => row.key === key).length > 1
        ? 'This key is there twice.'
        : undefined;
  const set = (index: number, change: Partial<Tag>) =>
    setRows(rows.map((row, at) => (at === index ? { ...row, ...change } : row)));
  return (
    <Container
      header={
        <Header
          counter={`(${tags.length})`}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              {requests.length > 0 && (
                <CopyCli
                  command={requests.map(([operation, input]) => cli('stepfunctions', operation, input)).join('\n')}
                />
              )}
              <Button disabled={edited === null} onClick={() => setRows(null)}>
                Discard
              </Button>
              <Button
                variant="primary"
                disabled={requests.length === 0 || rows.some((row) => problemOf(row))}
                loading={save.isPending}
                onClick={() => save.mutate()}
              >
                Save
              </Button>
            </SpaceBetween>
          }
        >
          Tags
        </Header>
      }
    >
      <SpaceBetween size="s">
        {save.isError && <ErrorBox error={save.error} />}
        <AttributeEditor
          items={rows}
          addButtonText="Add tag"
          removeButtonText="Remove"
          empty={<Box color="text-body-secondary">No tags</Box>}
          disableAddButton={rows.length >= 50}
          onAddButtonClick={() => setRows([...rows, { key: '', value: '' }])}
          onRemoveButtonClick={({ detail }) => setRows(rows.filter((_, index) => index !== detail.itemIndex))}
          definition={[
            {
              label: 'Key',
              errorText: problemOf,
              control: ({ key }, index) => (
                <Input value={key} ariaLabel="Key" onChange={({ detail }) => set(index, { key: detail.value })} />
              ),
            },
            {
              label: 'Value – optional',
              control: ({ value }, index) => (
                <Input value={value} ariaLabel="Value" onChange={({ detail }) => set(index, { value: detail.value })} />
              ),
            },
          ]}
        />
      </SpaceBetween>
    </Container>
  );
}
