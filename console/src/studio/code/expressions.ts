/** Colours what stands inside of texts: JSONata between `{%` and `%}`, and substitutions `${Name}`. */
import { type Range, RangeSet } from '@codemirror/state';
import { Decoration, type DecorationSet, type EditorView, ViewPlugin, type ViewUpdate } from '@codemirror/view';
import { substitutionsOf } from '../../asl/substitutions';

const expression = Decoration.mark({ class: 'cm-expression' });
const substitution = Decoration.mark({ class: 'cm-substitution' });
const variable = Decoration.mark({ class: 'cm-variable' });
const call = Decoration.mark({ class: 'cm-function' });
const text = Decoration.mark({ class: 'cm-string' });

/** How far before what is seen an expression may begin. */
const reach = 4000;

function find({ state, visibleRanges }: EditorView): DecorationSet {
  const marks: Range<Decoration>[] = [];
  for (const { from, to } of visibleRanges) {
    const start = Math.max(0, from - reach);
    const seen = state.doc.sliceString(start, to);
    for (const found of seen.matchAll(/\{%(?:(?!%\})[\s\S])*%\}/g)) {
      const at = start + found.index;
      marks.push(expression.range(at, at + found[0].length));
      for (const token of found[0].matchAll(/(\$[A-Za-z_]\w*)(?=\s*\()|(\$\$?\w*)|('(?:[^'\\]|\\.)*')/g)) {
        const mark = token[1] ? call : token[2] ? variable : text;
        marks.push(mark.range(at + token.index, at + token.index + token[0].length));
      }
    }
    for (const { from, to } of substitutionsOf(seen)) marks.push(substitution.range(start + from, start + to));
  }
  return RangeSet.of(marks, true);
}

export const expressions = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = find(view);
    }
    update(update: ViewUpdate) {
      if (update.docChanged || update.viewportChanged) this.decorations = find(update.view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);
