import Box from '@cloudscape-design/components/box';
import { useQuery } from '@tanstack/react-query';
import { usePage } from '../../app/frame';
import { Link } from '../../app/Link';
import { links } from '../../app/links';
import { CollectionTable } from '../../shared/CollectionTable';
import { Time } from '../../shared/Time';
import { functionsQuery } from './api';

export function Page() {
  usePage('Functions');
  const { data, error, refetch } = useQuery(functionsQuery);
  return (
    <CollectionTable
      title="Functions"
      description="Lambda functions that run on this server."
      items={data}
      error={error}
      onReload={refetch}
      keyOf={(one) => one.FunctionArn}
      textOf={(one) => `${one.FunctionName} ${one.Runtime} ${one.Description ?? ''}`}
      filterPlaceholder="Find by name, runtime or description"
      sortedBy="name"
      empty={{
        title: 'No functions',
        text: (
          <>
            <Box variant="code">stepwright up FOLDER</Box> creates those of a SAM template; so do the AWS CLI, the SDKs
            and Terraform.
          </>
        ),
      }}
      columns={[
        {
          id: 'name',
          header: 'Name',
          sortingField: 'FunctionName',
          isRowHeader: true,
          cell: (one) => <Link href={links.function(one.FunctionName)}>{one.FunctionName}</Link>,
        },
        { id: 'runtime', header: 'Runtime', cell: (one) => one.Runtime ?? '–', sortingField: 'Runtime' },
        { id: 'memory', header: 'Memory', cell: (one) => `${one.MemorySize} MB`, sortingField: 'MemorySize' },
        { id: 'timeout', header: 'Timeout', cell: (one) => `${one.Timeout} s`, sortingField: 'Timeout' },
        {
          id: 'modified',
          header: 'Last modified',
          cell: (one) => <Time millis={Date.parse(one.LastModified)} />,
          sortingField: 'LastModified',
        },
        { id: 'description', header: 'Description', cell: (one) => one.Description || '–' },
      ]}
    />
  );
}
