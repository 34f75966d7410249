import { rule } from '../../rule.ts';

/** The only version of the schema that runtimes load. */
const SCHEMA_VERSION = 3;

export default rule({
  id: 'tflite/version',
  family: 'tflite',
  severity: 'warning',
  rationale: 'Runtimes refuse a model of another schema version, and one without a subgraph.',
  fails: 'a model of version 0, or without subgraphs',
  passes: 'a model of version 3 with a subgraph',
  *check({ version, subgraphs, problems }) {
    if (problems.length > 0) return;
    if (version !== SCHEMA_VERSION) yield { message: `the schema version is ${version}` };
    if (subgraphs.length === 0) yield { message: 'the model has no subgraph' };
  },
});
