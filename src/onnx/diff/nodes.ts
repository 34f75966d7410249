import type { Attribute, Model, Node } from '../model.ts';
import { nodesOf } from '../walk.ts';

/** The rest of a long list says no more to a reader. */
const SHOWN = 80;

/** How nodes changed that give the same value as before: `Conv 'conv1': strides was 1, 1 and is 2, 2`. */
export function nodeChanges(before: Model, after: Model): string[] {
  const old = nodesByOutput(before);
  return [...nodesByOutput(after)].flatMap(([output, node]) => {
    const predecessor = old.get(output);
    if (!predecessor) return [];
    const title = `${node.opType} '${node.name || output}'`;
    return changesOf(predecessor, node).map((what) => `${title}: ${what}`);
  });
}

function nodesByOutput(model: Model): Map<string, Node> {
  return new Map([...nodesOf(model)].map(({ node }) => [node.outputs.join(', '), node]));
}

function changesOf(before: Node, after: Node): string[] {
  if (before.opType !== after.opType || before.domain !== after.domain) {
    return [`was ${operatorOf(before)}`];
  }
  const names = [...new Set([...before.attributes.keys(), ...after.attributes.keys()])];
  const attributes = names.flatMap((name) => {
    const [was, is] = [before, after].map((node) => textOf(node.attributes.get(name)));
    return was === is ? [] : [`${name} was ${shown(was)} and is ${shown(is)}`];
  });
  const [was, is] = [before.inputs.join(', '), after.inputs.join(', ')];
  return was === is ? attributes : [...attributes, `takes ${shown(is)} instead of ${shown(was)}`];
}

function operatorOf({ domain, opType }: Node): string {
  return domain ? `${domain}.${opType}` : opType;
}

/** Undefined where there is none, and for what is compared elsewhere: weights and graphs. */
function textOf(attribute: Attribute | undefined): string | undefined {
  switch (attribute?.type) {
    case 'float':
    case 'int':
    case 'string':
    case 'reference':
      return String(attribute.value);
    case 'floats':
    case 'ints':
    case 'strings':
      return attribute.value.map(String).join(', ');
    default:
      return undefined;
  }
}

function shown(text: string | undefined): string {
  if (text === undefined) return 'not set';
  if (text === '') return 'empty';
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
