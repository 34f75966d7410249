import { danglingLinks } from '../../hdf5/soft-links.ts';
import { rule } from '../../rule.ts';

export default rule({
  id: 'hdf5/dangling-link',
  family: 'hdf5',
  severity: 'warning',
  rationale:
    'A soft link that leads to nothing, or in a circle, makes the model fail when it is loaded, or a careless reader run for ever.',
  fails: 'a link /weights to /weights',
  passes: 'a link to an object that is there',
  *check(file) {
    for (const { path, link } of danglingLinks(file)) {
      yield { message: `it leads to ${link.target}, and there is nothing`, location: path };
    }
  },
});
