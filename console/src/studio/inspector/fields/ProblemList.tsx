import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { Problem } from '../../../asl/types';
import styles from '../inspector.module.css';

export function ProblemList({ problems }: { problems: readonly Problem[] }) {
  if (problems.length === 0) return null;
  return (
    <ul className={styles.list} aria-label="Problems">
      {problems.map(({ pointer, message, severity }) => (
        <li key={`${pointer} ${message}`}>
          <StatusIndicator type={severity === 'error' ? 'error' : 'warning'} wrapText>
            {message}
          </StatusIndicator>
        </li>
      ))}
    </ul>
  );
}
