/** What a field means, shown over it: one sentence, and where the rest is told. */
import type { Extension } from '@codemirror/state';
import { hoverTooltip } from '@codemirror/view';
import { substitutionsOf } from '../../asl/substitutions';
import { HELP, type Help, helpOf } from '../inspector/help';
import { isAction, readResource } from '../inspector/model/resource';
import type { StudioStore } from '../store';
import type { LineBreaks } from './line-breaks';
import { insideOf, locate } from './location';

export function hints(store: StudioStore, breaks: () => LineBreaks | null): Extension {
  return hoverTooltip(
    (view, pos) => {
      const text = view.state.doc.toString();
      const substitution = substitutionsOf(view.state.doc.lineAt(pos).text).find(({ from, to }) => {
        const column = pos - view.state.doc.lineAt(pos).from;
        return from <= column && column < to;
      });
      if (substitution) {
        const start = view.state.doc.lineAt(pos).from + substitution.from;
        const told = store.getState().config.substitutions[substitution.name];
        const words = told
          ? `Becomes ${told}.`
          : 'Gets its value when the workflow is deployed; Config mode can give it one.';
        return tooltip(start, start + substitution.to - substitution.from, substitution.name, {
          text: words,
          href: '',
        });
      }
      const location = locate(text, pos, store.getState().language);
      const { rest, state } = insideOf(location.path);
      if (location.isKey) {
        const name = text.slice(location.token.from, location.token.to).replaceAll('"', '');
        // Names that people gave mean nothing here, even if a field is called the same.
        if (['Arguments', 'Parameters', 'Assign', 'Output', 'Result', 'States'].includes(rest[0] ?? '')) return null;
        const known = (state === null && HELP[`Workflow.${name}`]) || helpOf(name);
        return known ? tooltip(location.token.from, location.token.to, name, known) : null;
      }
      const path = state !== null && rest.length === 1 && rest[0] === 'Resource' ? state : null;
      const at = breaks()?.toText(pos) ?? pos;
      const value =
        path !== null && store.getState().parsed.stateAt(at) === path
          ? store.getState().workflow?.states.get(path)?.value.Resource
          : null;
      const resource = typeof value === 'string' ? readResource(value) : null;
      if (!resource || !isAction(resource)) return null;
      const waits = {
        requestResponse: '',
        sync: ' and waits for the job',
        'sync:2': ' and waits for the job',
        waitForTaskToken: ' and waits until its token is returned',
      };
      const words = `Calls ${resource.operation} of ${resource.service}${waits[resource.pattern]}.`;
      const page = resource.kind === 'sdk' ? 'supported-services-awssdk.html' : 'integrate-optimized.html';
      const href = `https://docs.aws.amazon.com/step-functions/latest/dg/${page}`;
      return tooltip(location.token.from, location.token.to, 'Resource', { text: words, href });
    },
    { hoverTime: 400 },
  );
}

function tooltip(pos: number, end: number, name: string, { text, href }: Help) {
  return {
    pos,
    end,
    above: true,
    create() {
      const dom = document.createElement('div');
      dom.className = 'cm-hint';
      const title = document.createElement('b');
      title.textContent = name;
      dom.append(title, text);
      if (href) {
        const link = document.createElement('a');
        Object.assign(link, { href, target: '_blank', rel: 'noreferrer', textContent: 'Learn more' });
        dom.append(' ', link);
      }
      return { dom };
    },
  };
}
