import Header from '@cloudscape-design/components/header';

export function Page() {
  return <Header variant="h1">Activities</Header>;
}
