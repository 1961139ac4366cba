import type { Visit } from '../../../history/types';
import { type Variable, variablesAt } from '../../../history/variables';
import { ErrorBox, Loading } from '../../../shared/Feedback';
import { JsonView } from '../../../shared/JsonView';
import { useModel } from '../model';
import { detailsOf, useEvent } from '../payloads';
import styles from './panel.module.css';

/** What is assigned after the step, or at the time that is looked at; of a step that assigns, what is new is marked. */
export function VariablesTab({ visit }: { visit: Visit | null }) {
  const { view, at, frame } = useModel();
  const last = view.events.at(-1)?.id ?? 0;
  const until = visit ? (visit.exited ?? last) : last;
  const variables = variablesAt(view, Math.min(until, at ?? until), visit?.frame ?? frame);
  if (variables.length === 0) return <div className={styles.note}>No variable is assigned here.</div>;
  return (
    <ul className={styles.list} data-testid="variables">
      {variables.map((variable) => (
        <Value key={variable.name} variable={variable} isNew={variable.visit === visit} />
      ))}
    </ul>
  );
}

function Value({ variable, isNew }: { variable: Variable; isNew: boolean }) {
  const { arn, selectVisit } = useModel();
  const event = useEvent(arn, variable.event);
  const assigned = detailsOf(event.data).assignedVariables as Record<string, string> | undefined;
  const text = assigned?.[variable.name];
  return (
    <li>
      <div className={styles.line}>
        <span className={styles.variable}>${variable.name}</span>
        <span className={styles.small}>
          {isNew ? (
            'assigned by this step'
          ) : (
            <>
              by <InlineLink onClick={() => selectVisit(variable.visit)}>{variable.visit.name}</InlineLink>
            </>
          )}
        </span>
      </div>
      {event.error ? (
        <ErrorBox error={event.error} />
      ) : text === undefined ? (
        <Loading />
      ) : /^(-?[\d.eE+]+|true|false|null|"[^\n]{0,80}")$/.test(text) ? (
        <code>{text}</code>
      ) : (
        <JsonView text={text} label={variable.name} maxHeight={240} />
      )}
    </li>
  );
}

function InlineLink({ onClick, children }: { onClick: () => void; children: React.ReactNode }) {
  return (
    <button type="button" className={styles.link} onClick={onClick}>
      {children}
    </button>
  );
}
