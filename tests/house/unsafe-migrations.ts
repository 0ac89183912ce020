/** What processes of the release before could not live with: each with its words in SQL, matched on one statement without its comments. */
const kinds: readonly [what: string, pattern: RegExp][] = [
  ['takes a table away', /^drop table\b/i],
  ['takes a column away', /\bdrop column\b/i],
  ['takes a type away', /^drop (type|domain)\b/i],
  ['renames', /\brename\b/i],
  ['changes the type of a column', /\balter column\s+\S+\s+(set data )?type\b/i],
  ['demands a value where there was none', /\bset not null\b/i],
  ['takes a default away', /\bdrop default\b/i],
  ['adds a column that must be written and has no default', /\badd column\b(?=.*\bnot null\b)(?!.*\b(default|generated)\b)/is],
];

/** A rule about what may be written: harmless for a table of the same migration, and for a column of it. */
const rules: readonly [what: string, pattern: RegExp][] = [
  ['allows a value once only', /^create unique index\b.*\bon\s+(?:only\s+)?(?:"?public"?\.)?"?(?<table>\w+)"?[^(]*\((?<columns>[^)]*)\)/is],
  ['adds a rule to a table', /^alter table\s+(?:only\s+)?(?:"?public"?\.)?"?(?<table>\w+)"?\s+add constraint\b(?:.*?\((?<columns>[^)]*)\))?/is],
];

/** The statements of a migration after which a process of the release before could fail, each with what it does. */
export function unsafeStatements(migration: string): string[] {
  const statements = statementsOf(migration);
  const newTables = new Set(statements.flatMap((statement) => /^create table\s+(?:if not exists\s+)?(?:"?public"?\.)?"?(\w+)/i.exec(statement)?.[1] ?? []));
  const newColumns = new Set(statements.flatMap((statement) => [...statement.matchAll(/^alter table\s+"?(\w+)"?\s+add column\s+"?(\w+)/gi)].map(([, table, column]) => `${table}.${column}`)));
  const isNew = ({ table = '', columns = '' }: Record<string, string>) => newTables.has(table) || columns.split(',').some((column) => newColumns.has(`${table}.${column.replace(/[\s"]/g, '')}`));
  return statements.flatMap((statement) => {
    const found = kinds.filter(([, pattern]) => pattern.test(statement)).map(([what]) => what);
    const ruled = rules.flatMap(([what, pattern]) => {
      const groups = pattern.exec(statement)?.groups;
      return groups && !isNew(groups) ? [what] : [];
    });
    return [...found, ...ruled].map((what) => `${what}: ${statement.replace(/\s+/g, ' ').slice(0, 120)}`);
  });
}

function statementsOf(migration: string): string[] {
  const bare = migration.replace(/\/\*[\s\S]*?\*\//g, '').replace(/--> statement-breakpoint/g, ';').replace(/--.*$/gm, '');
  return bare.split(';').map((statement) => statement.trim()).filter(Boolean);
}
