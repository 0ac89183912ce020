import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '@/tests/house/house';
import { unsafeStatements } from '@/tests/house/unsafe-migrations';

/**
 * An upgrade migrates while processes of the release before are still at work, and whoever goes back has the new schema under the old build. So a release only adds;
 * what it does not need any more the next one may take away, and says here why it may: `'0031_name: takes a column away': 'not read since 0.4'`.
 */
const allowed: Readonly<Record<string, string>> = {};

/** Those before the first release: nobody has upgraded through them. */
const FIRST_JUDGED = '0025';
const folder = path.join(root, 'db/migrations');
const migrations = readdirSync(folder).filter((name) => name.endsWith('.sql'));
const judge = (name: string) => unsafeStatements(readFileSync(path.join(folder, name), 'utf8')).map((found) => `${name.slice(0, -4)}: ${found}`);

it('every migration suits the release before it as well', () => {
  const found = migrations.filter((name) => name >= FIRST_JUDGED).flatMap(judge);
  expect(found.filter((line) => !Object.keys(allowed).some((known) => line.startsWith(known)))).toEqual([]);
  for (const known of Object.keys(allowed)) expect(found.some((line) => line.startsWith(known)), `${known} is allowed and not there`).toBe(true);
});

describe('an unsafe statement', () => {
  it.each([
    ['DROP TABLE "runs"', 'takes a table away'],
    ['ALTER TABLE "runs" DROP COLUMN "prompt"', 'takes a column away'],
    ['ALTER TABLE "runs"\n  drop column if exists prompt', 'takes a column away'],
    ['ALTER TABLE "runs" RENAME COLUMN "prompt" TO "words"', 'renames'],
    ['ALTER TABLE "runs" RENAME TO "tries"', 'renames'],
    ["ALTER TYPE state RENAME VALUE 'a' TO 'b'", 'renames'],
    ['ALTER TABLE "runs" ALTER COLUMN "number" SET DATA TYPE bigint', 'changes the type of a column'],
    ['ALTER TABLE "runs" ALTER COLUMN "model" SET NOT NULL', 'demands a value where there was none'],
    ['ALTER TABLE "runs" ALTER COLUMN "number" DROP DEFAULT', 'takes a default away'],
    ['ALTER TABLE "runs" ADD COLUMN "kind" text NOT NULL', 'adds a column that must be written and has no default'],
    ['CREATE UNIQUE INDEX "one" ON "runs" USING btree ("branch")', 'allows a value once only'],
    ['ALTER TABLE "runs" ADD CONSTRAINT "few" CHECK ("number" < 10)', 'adds a rule to a table'],
    ['ALTER TABLE "runs" ADD CONSTRAINT "one" UNIQUE("branch")', 'adds a rule to a table'],
  ])('is found: %s', (statement, what) => {
    expect(unsafeStatements(`CREATE TABLE "other" ("id" uuid NOT NULL);--> statement-breakpoint\n${statement};`)).toEqual([expect.stringContaining(what)]);
  });

  it.each([
    'CREATE TABLE "looks" ("id" uuid NOT NULL); CREATE UNIQUE INDEX "once" ON "looks" USING btree ("id"); ALTER TABLE "looks" ADD CONSTRAINT "of" FOREIGN KEY ("id") REFERENCES "public"."runs"("id")',
    'ALTER TABLE "runs" ADD COLUMN "kept_until" timestamp with time zone; ALTER TABLE "runs" ADD COLUMN "kind" text DEFAULT \'x\' NOT NULL; CREATE INDEX "i" ON "runs" ("kind")',
    'ALTER TABLE "runs" ADD COLUMN "by" uuid; ALTER TABLE "runs" ADD CONSTRAINT "by_fk" FOREIGN KEY ("by") REFERENCES "public"."users"("id"); CREATE UNIQUE INDEX "u" ON "runs" ("by") WHERE "by" is not null',
    '-- nothing is renamed, and DROP COLUMN stands in a comment\nUPDATE "runs" SET "model" = null',
  ])('is none of what only adds: %s', (migration) => {
    expect(unsafeStatements(migration)).toEqual([]);
  });

  it('stands in migrations from before the first release, so that this looks at real ones', () => {
    expect(migrations.flatMap(judge).length).toBeGreaterThan(0);
  });
});
