import { statusLooks } from './looks';
import { Sign } from './nodes';
import type { Status } from './types';

const all = Object.keys(statusLooks) as Status[];

/** What the colours and signs mean; to be laid over a graph (`children`). */
export function GraphLegend({ statuses = all }: { statuses?: readonly Status[] }) {
  return (
    <ul className="sw-legend" aria-label="Statuses">
      {statuses.map((status) => (
        <li key={status} style={{ '--sw-status': statusLooks[status].colour } as React.CSSProperties}>
          <Sign icon={statusLooks[status].icon} size={14} />
          {statusLooks[status].text}
        </li>
      ))}
    </ul>
  );
}
