import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { infoQuery } from '../../api/queries';
import { follow } from '../../app/Link';
import { links } from '../../app/links';
import { Command } from '../../shared/Copy';
import { cli } from '../../shared/cli';
import styles from './machines.module.css';

const hello = {
  StartAt: 'Hello',
  States: { Hello: { Type: 'Pass', Result: { greeting: 'Hello' }, End: true } },
};

/** In place of the list of a server that has no state machines yet: the ways to the first one. */
export function Welcome() {
  const info = useQuery(infoQuery).data;
  const create = cli('stepfunctions', 'CreateStateMachine', {
    name: 'hello',
    definition: JSON.stringify(hello),
    roleArn: `arn:aws:iam::${info?.account ?? '123456789012'}:role/workflows`,
  });
  return (
    <div className={styles.welcome}>
      <Box variant="h2">No state machines yet</Box>
      <div className={styles.ways}>
        <Way title="Design one in Workflow Studio">
          <p>Begin with an empty canvas, a pattern such as a saga or an approval, or one of the examples.</p>
          <Button variant="primary" href={links.studio()} onFollow={follow}>
            Create state machine
          </Button>
        </Way>
        <Way title="Bring a project">
          <p>
            Functions, state machines, schedules and rules of a SAM or CloudFormation template, as you deploy it to AWS.
          </p>
          <Command command={`stepwright up DIRECTORY --server ${location.origin}`} />
        </Way>
        <Way title="Use the AWS CLI">
          <p>Whatever speaks to AWS Step Functions speaks to this server, by its endpoint URL.</p>
          <Command command={create} />
        </Way>
      </div>
    </div>
  );
}

function Way({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={styles.way}>
      <Box variant="h3">{title}</Box>
      {children}
    </section>
  );
}
