import { rule } from '../../rule.ts';

/**
 * What a template needs to get out of Jinja: special attributes, filters that build their names,
 * and objects that lead to the interpreter. Chat templates have no use for any of it.
 */
const ESCAPES: readonly { readonly pattern: RegExp; readonly what: string }[] = [
  { pattern: /__\w+__/, what: 'a special attribute of Python' },
  { pattern: /\\x5f|\\u005f|\\137/i, what: 'an escaped underscore' },
  { pattern: /\|\s*attr\b/, what: 'the filter attr' },
  {
    pattern: /\b(?:lipsum|cycler|joiner|_TemplateReference__context|self)\s*[.[|]/,
    what: "one of Jinja's own objects",
  },
  {
    pattern:
      /\.\s*(?:mro|gi_frame|gi_code|cr_frame|f_globals|f_builtins|f_back|func_globals|tb_frame)\b/,
    what: 'an attribute that leads to the interpreter',
  },
  {
    pattern: /\b(?:popen|subprocess|importlib|builtins|os\s*\.\s*system)\b/,
    what: 'a name of the system',
  },
  {
    pattern: /['"]_{1,2}['"]\s*[~+*]|[~+*]\s*['"]_{1,2}['"]/,
    what: 'a name that is put together from underscores',
  },
  {
    pattern: /%c.*\|\s*format|\|\s*format\s*\(.*(?:95|0x5f)/,
    what: 'a name that is put together from character codes',
  },
];

/** The parts of a template that Jinja evaluates. */
const EXPRESSION = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g;

export default rule({
  id: 'template/escape',
  family: 'template',
  severity: 'error',
  rationale:
    'A chat template is a program in Jinja that the loading library runs. Outside of a sandbox, special attributes lead from any value to os.system.',
  fails: '{{ self.__init__.__globals__ }}',
  passes: "{% for message in messages %}{{ message['content'] }}{% endfor %}",
  *check({ text, name }) {
    for (const [expression] of text.matchAll(EXPRESSION)) {
      const found = ESCAPES.find(({ pattern }) => pattern.test(expression));
      if (!found) continue;
      yield {
        message: `its template uses ${found.what}: ${expression.slice(0, 80)}`,
        location: name,
      };
      return;
    }
  },
});
