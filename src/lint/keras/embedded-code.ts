import type { KerasConfig } from '../../formats/keras/config.ts';
import type { Detail } from '../rule.ts';

/** Classes whose configuration is Python code by design. */
const CODE_CLASSES = new Set(['__lambda__', '__wrapped_lambda__']);

/** Keys of a Keras 2 Lambda layer that say that a function is stored as code. */
const STORED_AS_CODE = /^(?:function|output_shape|mask)_type$/;

/** The places of a configuration that hold code, each once. */
export function* embeddedCode({ references, texts }: KerasConfig): Iterable<Detail> {
  for (const { name, path, config } of references) {
    if (CODE_CLASSES.has(name)) {
      yield { message: 'the model holds a Python function as bytecode', location: path };
    } else if (/^(?:.*>)?Lambda$/.test(name) && holdsCode(config)) {
      yield { message: 'a Lambda layer holds the code of a function', location: path };
    }
  }
  for (const { key, path, value } of texts) {
    if (STORED_AS_CODE.test(key) && value === 'lambda') {
      yield { message: 'a Lambda layer holds a Python function as bytecode', location: path };
    } else if (isMarshalledCode(value)) {
      yield { message: 'the text is marshalled Python bytecode', location: path };
    }
  }
}

/**
 * Whether a Lambda layer's function is code, whatever type it claims: a list is the bytecode of
 * Keras 2 with its defaults and closure, and a text that is no name is source.
 */
function holdsCode(config: unknown): boolean {
  if (typeof config !== 'object' || config === null) return false;
  const { function: code, function_type: type } = config as Readonly<Record<string, unknown>>;
  if (type === 'lambda') return false; // Found by its type.
  return Array.isArray(code) || (typeof code === 'string' && !/^[\w.<>]*$/.test(code));
}

/** The shortest code object there is takes more. */
const MIN_TEXT = 40;

/** How `marshal` opens a code object: its type byte, with or without the flag of a reference. */
const CODE_TYPE = 0x63;

/** Functions have fewer parameters; random bytes have more. */
const MAX_PARAMETERS = 255;

/** Whether Base64 text decodes to a marshalled code object: the type, then counts of parameters. */
function isMarshalledCode(text: string): boolean {
  if (text.length < MIN_TEXT || !/^[A-Za-z0-9+/_\-\s]{24}/.test(text)) return false;
  const head = Buffer.from(text.slice(0, MIN_TEXT), 'base64');
  if (head.length < 13 || ((head[0] ?? 0) & 0x7f) !== CODE_TYPE) return false;
  return [1, 5, 9].every((offset) => head.readUInt32LE(offset) <= MAX_PARAMETERS);
}
