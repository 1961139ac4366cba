import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { applyEdits } from '../../asl/text';
import { createStudioStore } from '../store';
import { LineBreaks } from './line-breaks';
import { difference, Sync } from './sync';

// What jsdom does not lay out has no places.
Range.prototype.getClientRects = () => [] as unknown as DOMRectList;

function open(text: string) {
  const store = createStudioStore(text, 'json');
  let sync: Sync | null = null;
  const view = new EditorView({
    state: EditorState.create({
      doc: text,
      extensions: EditorView.updateListener.of((update) => sync?.update(update)),
    }),
  });
  sync = new Sync(view, store);
  const shown = () => view.state.doc.toString();
  return { store, view, sync, shown, text: () => store.getState().text };
}

afterEach(() => vi.useRealTimers());

test('typing goes into the document, and undo takes it out again', () => {
  const { store, view, sync, shown, text } = open('{"StartAt": "A"}');
  view.dispatch({ changes: { from: 13, insert: 'B' } });
  view.dispatch({ changes: { from: 14, insert: 'C' } });
  expect(text()).toBe('{"StartAt": "BCA"}');
  sync.undo();
  expect([text(), shown()]).toEqual(['{"StartAt": "A"}', '{"StartAt": "A"}']);
  sync.redo();
  expect(shown()).toBe('{"StartAt": "BCA"}');
  store.getState().change({ edits: [{ from: 0, to: 1, insert: '{ ' }] }, 'canvas');
  expect(shown()).toBe('{ "StartAt": "BCA"}');
  store.getState().load('{}', 'json');
  expect(shown()).toBe('{}');
});

test('in a large document what is typed waits for a pause, and changes from elsewhere come in between', () => {
  vi.useFakeTimers();
  const { store, view, sync, shown, text } = open(`{"Comment": "${'x'.repeat(300_000)}"}`);
  view.dispatch({ changes: { from: 13, insert: 'typed ' } });
  expect(text()).not.toContain('typed');
  store.getState().change({ edits: [{ from: 2, to: 9, insert: 'Note' }] }, 'form');
  expect(shown().slice(0, 20)).toBe('{"Note": "typed xxxx');
  vi.runAllTimers();
  expect(text()).toBe(shown());
  view.dispatch({ changes: { from: 0, to: 1, insert: '[' } });
  sync.undo();
  expect([text().slice(0, 9), shown().slice(0, 9)]).toEqual(['{"Note": ', '{"Note": ']);
});

test('CRLF stays CRLF', () => {
  const { store, view, shown, text } = open('{\r\n  "a": 1\r\n}\r\n');
  const at = shown().indexOf('1') + 1;
  view.dispatch({ changes: { from: at, insert: ',\n  "b": 2' } });
  expect(text()).toBe('{\r\n  "a": 1,\r\n  "b": 2\r\n}\r\n');
  const from = text().indexOf('"b"');
  store.getState().change({ edits: [{ from, to: from + 3, insert: '"c"' }] }, 'form');
  expect(shown()).toBe('{\n  "a": 1,\n  "c": 2\n}\n');
});

test('offsets of the editor and of the document lead to each other', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', '\r\n', '\n', 'é')).map((parts) => parts.join('')),
      (text) => {
        const breaks = new LineBreaks(text);
        const doc = EditorState.create({ doc: text }).doc;
        expect(breaks.length).toBe(doc.length);
        for (let offset = 0; offset <= doc.length; offset += 1) {
          expect(breaks.toEditor(breaks.toText(offset))).toBe(offset);
          const rest = text.slice(breaks.toText(offset)).replaceAll('\r\n', '\n');
          expect(rest).toBe(doc.sliceString(offset));
        }
      },
    ),
  );
});

test('the difference of two texts leads from one to the other', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', 'b') }),
      fc.string({ unit: fc.constantFrom('a', 'b') }),
      (a, b) => {
        const edit = difference(a, b);
        expect(edit ? applyEdits(a, [edit]) : a).toBe(b);
      },
    ),
  );
});
