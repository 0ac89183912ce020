import { asc, eq, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { TemplateFields, TemplateView } from '@/contract/template';
import { templates } from '@/db/schema';
import { isUniqueViolation } from '@/db/unique-violation';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import { toTemplateColumns, toTemplateView, type TemplateRow } from '@/server/workspaces/templates/template-rows';

/** All templates, by name. Everybody who may sign in may use each of them. */
export async function listTemplates(): Promise<TemplateView[]> {
  return (await database().select().from(templates).orderBy(asc(sql`lower(${templates.name})`))).map(toTemplateView);
}

/** The row of one template; throws `not_found`. */
export async function findTemplate(templateId: string): Promise<TemplateRow> {
  return found((await database().select().from(templates).where(eq(templates.id, templateId)))[0]);
}

/** Throws `conflict` when the name is taken, `invalid` for an impossible image. */
export async function createTemplate(fields: TemplateFields): Promise<TemplateView> {
  const values = { ...toTemplateColumns(fields), id: uuidv7() };
  return withUniqueName(fields.name, async () => database().insert(templates).values(values).returning());
}

/** Puts these fields in place of all that the template had. Workspaces that began with it keep what they have. */
export async function changeTemplate(templateId: string, fields: TemplateFields): Promise<TemplateView> {
  const values = toTemplateColumns(fields);
  return withUniqueName(fields.name, async () => database().update(templates).set(values).where(eq(templates.id, templateId)).returning());
}

/** Removes it for new workspaces; absent is fine. Workspaces that began with it keep what they have. */
export async function removeTemplate(templateId: string): Promise<{ templateId: string }> {
  await database().delete(templates).where(eq(templates.id, templateId));
  return { templateId };
}

async function withUniqueName(name: string, write: () => Promise<TemplateRow[]>): Promise<TemplateView> {
  try {
    return toTemplateView(found((await write())[0]));
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new AnyonError('conflict', `There is a template named "${name}" already. Choose another name.`, { cause: error });
  }
}

function found(row: TemplateRow | undefined): TemplateRow {
  if (row) return row;
  throw new AnyonError('not_found', 'There is no such template. It may have been removed; choose another one.');
}
