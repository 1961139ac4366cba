import Modal from '../../shared/Modal';
import { type Command, commands, keyText } from '../commands';
import type { DialogProps } from '.';

const groups: Command['group'][] = ['Edit', 'State', 'View', 'Run', 'File'];
/** Of the graph itself, which has no commands for them. */
const walking: [string, string][] = [
  ['Walk along the edges', '← ↑ ↓ →'],
  ['First and last state', 'Home End'],
  ['Open the selected state', 'Enter'],
  ['Select more', 'Shift+Click'],
  ['Menu of the state', 'Shift+F10'],
];

export default function Help({ onClose }: DialogProps) {
  const all: Command[] = Object.values(commands);
  return (
    <Modal visible size="large" header="Keyboard shortcuts" onDismiss={onClose}>
      <div className="studio-keys">
        {groups.map((group) => (
          <section key={group} aria-label={group}>
            <h3>{group}</h3>
            <dl>
              {all
                .filter((command) => command.group === group && command.keys)
                .map(({ text, keys = [] }) => (
                  <Keys key={text} text={text.replace('…', '')} keys={keys.map(keyText)} />
                ))}
            </dl>
          </section>
        ))}
        <section aria-label="On the canvas">
          <h3>On the canvas</h3>
          <dl>
            {walking.map(([text, keys]) => (
              <Keys key={text} text={text} keys={keys.split(' ')} />
            ))}
          </dl>
        </section>
      </div>
    </Modal>
  );
}

function Keys({ text, keys }: { text: string; keys: string[] }) {
  return (
    <div>
      <dt>{text}</dt>
      <dd>
        {keys.map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </dd>
    </div>
  );
}
