/** Zoom and fit, in a corner of the graph. */
export function Controls({ zoom, fit }: { zoom(factor: number): void; fit(): void }) {
  return (
    <div className="sw-controls" role="toolbar" aria-label="View">
      <Control text="Zoom in" d="M8 3v10M3 8h10" run={() => zoom(1.25)} />
      <Control text="Zoom out" d="M3 8h10" run={() => zoom(0.8)} />
      <Control text="Fit to view" d="M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10" run={fit} />
    </div>
  );
}

function Control({ text, d, run }: { text: string; d: string; run(): void }) {
  return (
    <button type="button" aria-label={text} title={text} onClick={run}>
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
        <path d={d} />
      </svg>
    </button>
  );
}
