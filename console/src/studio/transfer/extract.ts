/** Definitions in files of other tools: templates of SAM and CloudFormation, Terraform. What they export comes back by this. */
import { isObject } from '../../asl/tree';
import { yaml } from '../../asl/yaml';

export interface Found {
  name: string;
  /** JSON. */
  text: string;
  substitutions: Record<string, string>;
}

export const isTerraform = (text: string) => /\bresource\s+"aws_sfn_state_machine"/.test(text);

export function definitionsIn(text: string): Found[] {
  return isTerraform(text) ? inTerraform(text) : inTemplate(text);
}

const types = ['AWS::Serverless::StateMachine', 'AWS::StepFunctions::StateMachine'];

function inTemplate(text: string): Found[] {
  // What a template computes (`!GetAtt Queue.Arn`) is known only once it is deployed.
  const plain = text.replace(/(:\s+)!(?!Sub\b)\w+\s+[^\n,}]+/g, '$1null');
  const value = yaml().readYaml(plain).root?.value;
  const resources = isObject(value) && isObject(value.Resources) ? Object.entries(value.Resources) : [];
  return resources.flatMap(([id, resource]): Found[] => {
    if (!isObject(resource) || !types.includes(String(resource.Type)) || !isObject(resource.Properties)) return [];
    const { Name, StateMachineName, Definition, DefinitionString, DefinitionSubstitutions } = resource.Properties;
    const definition = isObject(Definition) ? JSON.stringify(Definition, null, 2) : textOf(DefinitionString);
    if (definition === null) return [];
    const name = [Name, StateMachineName, id].find((one) => typeof one === 'string') as string;
    const values = isObject(DefinitionSubstitutions) ? Object.entries(DefinitionSubstitutions) : [];
    const known = values.filter((pair): pair is [string, string] => typeof pair[1] === 'string');
    return [{ name, text: definition, substitutions: Object.fromEntries(known) }];
  });
}

/** A string, also within `Fn::Sub`. */
function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return textOf(value[0]);
  return isObject(value) ? textOf(value['Fn::Sub']) : null;
}

function inTerraform(text: string): Found[] {
  return text.split(/^(?=\s*resource\s+")/m).flatMap((part): Found[] => {
    const head = /^\s*resource\s+"aws_sfn_state_machine"\s+"([^"]+)"/.exec(part);
    const definition = /^\s*definition\s*=\s*/m.exec(part);
    if (!head || !definition) return [];
    const rest = part.slice(definition.index + definition[0].length);
    const heredoc = /^<<-?"?(\w+)"?\r?\n([\s\S]*?)\n[ \t]*\1\b/.exec(rest);
    const encoded = /^jsonencode\s*\(/.exec(rest);
    const found = heredoc ? unescaped(heredoc[2] ?? '') : encoded ? jsonOf(rest.slice(encoded[0].length)) : null;
    const name = /^\s*name\s*=\s*"([^"$]+)"/m.exec(part)?.[1] ?? head[1] ?? '';
    return found === null ? [] : [{ name, text: found, substitutions: {} }];
  });
}

const unescaped = (text: string) => text.replaceAll('$${', () => '${').replaceAll('%%{', '%{');

/** One value of Terraform's language as JSON; what is computed becomes a substitution. null: it is written in another way. */
function jsonOf(hcl: string): string | null {
  const tokens = hcl.match(/"(?:[^"\\]|\\.)*"|[{}[\]=:,()]|(?:#|\/\/).*|[^\s{}[\]=:,()"#]+/g) ?? [];
  const words = tokens.filter((token) => !/^(#|\/\/)/.test(token));
  let at = 0;
  const read = (): unknown => {
    const word = words[at++] ?? '';
    if (word === '{' || word === '[') {
      const end = word === '{' ? '}' : ']';
      const entries: [string, unknown][] = [];
      while (words[at] !== end) {
        if (at >= words.length) throw new SyntaxError();
        if (words[at] === ',') at += 1;
        else if (end === ']') entries.push(['', read()]);
        else {
          const key = words[at++] ?? '';
          if (words[at] !== '=' && words[at] !== ':') throw new SyntaxError();
          at += 1;
          entries.push([key.startsWith('"') ? JSON.parse(unescaped(key)) : key, read()]);
        }
      }
      at += 1;
      return end === '}' ? Object.fromEntries(entries) : entries.map(([, value]) => value);
    }
    if (/^("|-?\d|true$|false$|null$)/.test(word)) return JSON.parse(unescaped(word));
    if (!/^[\w.-]+$/.test(word) || words[at] === '(' || words[at] === '[') throw new SyntaxError();
    return `\${${word}}`;
  };
  try {
    return `${JSON.stringify(read(), null, 2)}\n`;
  } catch {
    return null;
  }
}
