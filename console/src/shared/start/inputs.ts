import { readStored, writeStored } from '../useStored';

/** Inputs that this browser started executions of a state machine with, the last one first. */
interface Remembered {
  text: string;
  usedMillis: number;
}

const kept = 8;
/** Larger ones are found among the recent executions. */
const keptCharacters = 50_000;

const key = (stateMachineArn: string) => `stepwright.inputs.${stateMachineArn}`;
const draftKey = (stateMachineArn: string) => `stepwright.input-draft.${stateMachineArn}`;

export function rememberedInputs(stateMachineArn: string): Remembered[] {
  return readStored<Remembered[]>(key(stateMachineArn), []);
}

export function rememberInput(stateMachineArn: string, text: string) {
  if (text.length > keptCharacters) return;
  const others = rememberedInputs(stateMachineArn).filter((one) => one.text !== text);
  writeStored(key(stateMachineArn), [{ text, usedMillis: Date.now() }, ...others].slice(0, kept));
}

/** What was typed and perhaps not yet used. */
export function readDraft(stateMachineArn: string): string | null {
  return readStored<string | null>(draftKey(stateMachineArn), null);
}

export function writeDraft(stateMachineArn: string, text: string) {
  if (text.length <= keptCharacters) writeStored(draftKey(stateMachineArn), text);
}

/** What is wrong with a name, as AWS has it; null: nothing. An empty one is made by the server. */
export function nameProblem(name: string): string | null {
  if (name.length > 80) return `A name has at most 80 characters; this one has ${name.length}.`;
  const wrong = /[\s<>{}[\]?*"#%\\^|~`$&,;:/]|\p{Cc}/u.exec(name);
  if (!wrong) return null;
  const shown = /\s|\p{Cc}/u.test(wrong[0]) ? 'a space' : `“${wrong[0]}”`;
  return `A name cannot have ${shown}.`;
}
