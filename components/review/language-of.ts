/** Languages that are coloured, by the names under which the library has them. Each is loaded when the first file of it is shown. */
export const languages = {
  bash: () => import('refractor/bash'),
  c: () => import('refractor/c'),
  cpp: () => import('refractor/cpp'),
  csharp: () => import('refractor/csharp'),
  css: () => import('refractor/css'),
  docker: () => import('refractor/docker'),
  go: () => import('refractor/go'),
  ini: () => import('refractor/ini'),
  java: () => import('refractor/java'),
  javascript: () => import('refractor/javascript'),
  json: () => import('refractor/json'),
  jsx: () => import('refractor/jsx'),
  kotlin: () => import('refractor/kotlin'),
  markdown: () => import('refractor/markdown'),
  markup: () => import('refractor/markup'),
  perl: () => import('refractor/perl'),
  php: () => import('refractor/php'),
  python: () => import('refractor/python'),
  ruby: () => import('refractor/ruby'),
  rust: () => import('refractor/rust'),
  scss: () => import('refractor/scss'),
  sql: () => import('refractor/sql'),
  swift: () => import('refractor/swift'),
  toml: () => import('refractor/toml'),
  tsx: () => import('refractor/tsx'),
  typescript: () => import('refractor/typescript'),
  yaml: () => import('refractor/yaml'),
};
export type Language = keyof typeof languages;

const byEnding: Record<string, Language> = {
  sh: 'bash', bash: 'bash', zsh: 'bash', c: 'c', h: 'c', cc: 'cpp', cpp: 'cpp', cxx: 'cpp', hpp: 'cpp', cs: 'csharp', css: 'css', go: 'go', ini: 'ini', env: 'ini', java: 'java',
  js: 'javascript', mjs: 'javascript', cjs: 'javascript', json: 'json', jsx: 'jsx', kt: 'kotlin', kts: 'kotlin', md: 'markdown', mdx: 'markdown', html: 'markup', htm: 'markup', xml: 'markup',
  svg: 'markup', vue: 'markup', svelte: 'markup', pl: 'perl', pm: 'perl', php: 'php', py: 'python', pyi: 'python', rb: 'ruby', rs: 'rust', scss: 'scss', sass: 'scss', sql: 'sql', swift: 'swift',
  toml: 'toml', tsx: 'tsx', ts: 'typescript', mts: 'typescript', cts: 'typescript', yaml: 'yaml', yml: 'yaml',
};
const byName: Record<string, Language> = { dockerfile: 'docker', makefile: 'bash', gemfile: 'ruby', rakefile: 'ruby' };

/** The language of a file by its name; null when it is none of them. */
export function languageOf(path: string): Language | null {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  const ending = name.slice(name.lastIndexOf('.') + 1);
  return own(byName, name) ?? own(byName, name.split('.', 1)[0] ?? '') ?? (name.includes('.') ? own(byEnding, ending) : null);
}

function own(table: Record<string, Language>, key: string): Language | null {
  return Object.hasOwn(table, key) ? (table[key] ?? null) : null;
}
