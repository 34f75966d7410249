import { jinjaExpressions } from '../../../formats/jinja.ts';
import { rule } from '../../rule.ts';
import { escapeOf } from '../../template/escapes.ts';

export default rule({
  id: 'template/escape',
  family: 'template',
  severity: 'error',
  rationale:
    'A chat template is a program in Jinja that the loading library runs. Outside of a sandbox, special attributes lead from any value to os.system; and within one, a loop can still be endless.',
  fails: '{{ self.__init__.__globals__ }}',
  passes: "{% for message in messages %}{{ message['content'] }}{% endfor %}",
  *check({ text, name }) {
    for (const { source, tokens } of jinjaExpressions(text)) {
      const found = escapeOf(tokens);
      if (found === undefined) continue;
      yield { message: `its template uses ${found}: ${source.slice(0, 80)}`, location: name };
      return;
    }
  },
});
