/** From the names in events to states of the definition. A name is unique in its scope only. */
import type { ScopePath, State, StatePath, Workflow } from '../asl/types';

const pointerPart = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1');

export class Names {
  private readonly scopes = new Map<ScopePath, Map<string, StatePath>>();

  /** null: the definition is not known; states are named as they would be in it. */
  constructor(private readonly workflow: Workflow | null) {}

  state(path: StatePath): State | undefined {
    return this.workflow?.states.get(path);
  }

  path(scope: ScopePath, name: string): StatePath {
    let names = this.scopes.get(scope);
    if (!names) {
      names = new Map();
      for (const path of this.workflow?.scopes.get(scope)?.states ?? []) {
        const state = this.workflow?.states.get(path);
        if (state) names.set(state.name, path);
      }
      this.scopes.set(scope, names);
    }
    return names.get(name) ?? `${scope}/States/${pointerPart(name)}`;
  }

  /** Of a Map's items. */
  itemScope(map: StatePath): ScopePath {
    return this.state(map)?.scopes[0] ?? `${map}/ItemProcessor`;
  }

  /** Of the first branch that begins with a state of this name and is not taken. */
  branch(parallel: StatePath, name: string, taken: ReadonlySet<number>): { scope: ScopePath; index: number } {
    const scopes = this.state(parallel)?.scopes ?? [];
    const free = scopes.findIndex((path, index) => {
      const scope = this.workflow?.scopes.get(path);
      return scope?.startAt === name && !taken.has(index);
    });
    const index = free >= 0 ? free : taken.size;
    return { scope: scopes[index] ?? `${parallel}/Branches/${index}`, index };
  }
}
