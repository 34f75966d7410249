import { isGiven, namesOf } from '../../card/fields.ts';
import { rule, type Detail } from '../../rule.ts';

/** Fields that hold one name or a list of names (hub documentation, Model Cards). */
const NAMES = ['language', 'tags', 'datasets', 'metrics', 'base_model'];

/** Fields that hold one name. */
const NAME = ['library_name', 'pipeline_tag', 'license_name', 'license_link', 'model_name'];

export default rule({
  id: 'card/field',
  family: 'card',
  severity: 'warning',
  rationale:
    'A field of the front matter that is of another type than tools expect is ignored by them, or refused: YAML reads `no` as false in older readers, and a nested list as no name.',
  fails: 'datasets: {name: glue}',
  passes: 'datasets: [nyu-mll/glue]',
  *check({ metadata, lineOf }): Iterable<Detail> {
    if (!metadata) return;
    for (const field of NAMES) {
      const value = metadata[field];
      if (value === undefined) continue;
      if (!isGiven(value)) yield { message: `${field} is empty`, line: lineOf(field) };
      else if (!namesOf(value)?.every((name) => name.trim() !== '')) {
        yield { message: `${field} is not a name or a list of names`, line: lineOf(field) };
      }
    }
    for (const field of NAME) {
      const value = metadata[field];
      if (value === undefined || (typeof value === 'string' && value.trim() !== '')) continue;
      yield { message: `${field} is not a name`, line: lineOf(field) };
    }
  },
});
