import { rule } from '../../rule.ts';

const REMOTE = /^\s*(?:https?|ftp|file|gs|s3|hdfs|hf|az|abfss?):\/\//i;
const ABSOLUTE =
  /^(?:\/(?:etc|root|home|proc|sys|dev|tmp|var|usr|opt|mnt|bin)\/|~\/|[A-Za-z]:[\\/]|\\\\)/;
const UPWARD = /(?:^|[\\/])\.\.[\\/]/;

export default rule({
  id: 'keras/address',
  family: 'keras',
  severity: 'warning',
  rationale:
    'The configuration of a model has no need for addresses and paths of a machine: whatever reads one of them leaves the file that was reviewed.',
  fails: '"origin": "https://example.org/payload.tar"',
  passes: 'a configuration of numbers and names',
  *check({ texts }) {
    for (const { path, value } of texts) {
      if (!REMOTE.test(value) && !ABSOLUTE.test(value) && !UPWARD.test(value)) continue;
      yield { message: `the configuration names ${value.slice(0, 200)}`, location: path };
    }
  },
});
