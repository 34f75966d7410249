/** Numbers that Python writes and reads, though JSON has no such thing. */
const PYTHON_NUMBER = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/gs;

/**
 * Parses JSON as Python's `json.loads` does, which takes NaN and Infinity too (they become null).
 * @throws SyntaxError for anything else that is no JSON
 */
export function parsePythonJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    const plain = text.replace(PYTHON_NUMBER, (match) => (match.startsWith('"') ? match : 'null'));
    if (plain === text) throw thrown;
    return JSON.parse(plain);
  }
}
