import Icon from '@cloudscape-design/components/icon';
import type { Problem } from '../../../asl/types';
import styles from '../inspector.module.css';

export function ProblemList({ problems }: { problems: readonly Problem[] }) {
  if (problems.length === 0) return null;
  return (
    <ul className={styles.list} aria-label="Problems">
      {problems.map(({ pointer, message, severity }) => (
        <li key={`${pointer} ${message}`} className={styles.problem} data-severity={severity}>
          <Icon
            name={severity === 'error' ? 'status-negative' : 'status-warning'}
            variant={severity}
            size="small"
            ariaLabel={severity === 'error' ? 'Error' : 'Warning'}
          />
          <span>{message}</span>
        </li>
      ))}
    </ul>
  );
}
