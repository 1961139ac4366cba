import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { download } from '../../shared/browser';
import { JsonEditor } from '../../studio/code';
import type { StateMachine } from './describe';

export function DefinitionTab({ machine }: { machine: StateMachine }) {
  const { definition, name } = machine;
  return (
    <Container
      header={
        <Header
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <CopyToClipboard
                copyButtonText="Copy"
                copySuccessText="Definition copied"
                copyErrorText="The browser does not let this page copy"
                textToCopy={definition}
              />
              <Button iconName="download" onClick={() => download(`${name}.asl.json`, definition)}>
                Download
              </Button>
            </SpaceBetween>
          }
        >
          Definition
        </Header>
      }
    >
      <JsonEditor value={definition} label="Definition" height={560} readOnly />
    </Container>
  );
}
