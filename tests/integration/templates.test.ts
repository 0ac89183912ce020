import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import { usualEgressHosts } from '@/contract/egress';
import { templateFieldsSchema, type TemplateFields } from '@/contract/template';
import { createWorkspaceInput } from '@/contract/workspace';
import { workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { createWorkspace } from '@/server/workspaces/create-workspace';
import { duplicateWorkspace } from '@/server/workspaces/duplicate-workspace';
import { changeTemplate, createTemplate, listTemplates, removeTemplate } from '@/server/workspaces/templates/templates';
import { changeEnvironment } from '@/tests/setup/test-environment';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';

/** Where the settings of a new workspace come from, on the real database; nothing is brought up here. */
let product: TestProduct;
let owner: Actor;

beforeAll(async () => {
  product = await startTestProduct();
  owner = await product.addUser('owner');
});
afterEach(() => changeEnvironment({ ANYON_IDLE_STOP_MINUTES: undefined, ANYON_EGRESS_DEFAULT: undefined }));
afterAll(() => product?.close());

const repositoryUrl = 'https://github.com/owner/repository';
const GIB = 1024 ** 3;

function fields(changes: Partial<TemplateFields> = {}): TemplateFields {
  return templateFieldsSchema.parse({
    name: `Template ${randomUUID()}`,
    limits: { memoryBytes: 2 * GIB, cpus: 1.5, pids: 300, diskBytes: 5 * GIB },
    image: 'registry.example/team/image:1',
    egress: { level: 'allow-list', hosts: ['example.com'] },
    recovery: { maxRetries: 1, backoffSeconds: 60, fallback: 'ignore' },
    setupScript: 'npm ci\n',
    idleStopMinutes: 45,
    ...changes,
  });
}

describe('templates', () => {
  it('are made, listed by name, changed and removed', async () => {
    const b = await createTemplate(fields({ name: 'beta' }));
    const a = await createTemplate(fields({ name: 'Alpha', description: 'Small' }));
    expect((await listTemplates()).map(({ name }) => name)).toEqual(['Alpha', 'beta']);
    expect(a).toMatchObject({ description: 'Small', image: 'registry.example/team/image:1', limits: { cpus: 1.5, diskBytes: 5 * GIB }, egress: { level: 'allow-list', hosts: ['example.com'] }, recovery: { fallback: 'ignore' }, idleStopMinutes: 45 });
    const changed = await changeTemplate(a.id, fields({ name: 'Alpha', image: null, setupScript: ' \n', limits: { memoryBytes: GIB, cpus: 1, pids: 100, diskBytes: null } }));
    expect(changed).toMatchObject({ id: a.id, image: null, setupScript: null, limits: { memoryBytes: GIB, diskBytes: null } });
    await removeTemplate(a.id);
    await removeTemplate(a.id);
    await removeTemplate(b.id);
    expect(await listTemplates()).toEqual([]);
  });

  it('have a name each, and say so when it is taken', async () => {
    const first = await createTemplate(fields({ name: 'Node' }));
    const taken = { kind: 'conflict', message: 'There is a template named "Node" already. Choose another name.' };
    await expect(createTemplate(fields({ name: 'Node' }))).rejects.toMatchObject(taken);
    const second = await createTemplate(fields());
    await expect(changeTemplate(second.id, fields({ name: 'Node' }))).rejects.toMatchObject(taken);
    await removeTemplate(first.id);
    await expect(changeTemplate(first.id, fields())).rejects.toMatchObject({ kind: 'not_found' });
    await removeTemplate(second.id);
  });

  it('refuse an image that the engine would refuse, when they are written', async () => {
    await expect(createTemplate(fields({ image: 'a//b' }))).rejects.toMatchObject({ kind: 'invalid', message: expect.stringMatching(/not an image name/) as string });
  });
});

describe('a new workspace', () => {
  it('takes from its template what its creator leaves out, and the script of nobody when they say so', async () => {
    const template = await createTemplate(fields());
    const plain = await createWorkspace(owner, createWorkspaceInput.parse({ repositoryUrl, templateId: template.id }));
    expect(plain).toMatchObject({
      limits: template.limits,
      image: template.image,
      egress: template.egress,
      recovery: template.recovery,
      setupScript: 'npm ci\n',
      idleStopMinutes: 45,
    });
    const own = { limits: { memoryBytes: GIB, cpus: 1, pids: 64, diskBytes: null }, image: 'anyon-claude:latest', egress: { level: 'none' as const, hosts: [] }, recovery: { maxRetries: 0, backoffSeconds: 5, fallback: 'stop' as const }, setupScript: '', idleStopMinutes: null };
    const chosen = await createWorkspace(owner, createWorkspaceInput.parse({ repositoryUrl, templateId: template.id, ...own }));
    expect(chosen).toMatchObject({ ...own, setupScript: null });
    await removeTemplate(template.id);
    await expect(createWorkspace(owner, createWorkspaceInput.parse({ repositoryUrl, templateId: template.id }))).rejects.toMatchObject({ kind: 'not_found', message: expect.stringMatching(/no such template/) as string });
    expect(await createWorkspace(owner, createWorkspaceInput.parse({ repositoryUrl }))).toMatchObject({ image: 'anyon-claude:latest' });
  });

  it('takes from the install what neither says', async () => {
    expect(await createWorkspace(owner, createWorkspaceInput.parse({ repositoryUrl }))).toMatchObject({ image: 'anyon-claude:latest', egress: { level: 'open', hosts: [] }, recovery: { maxRetries: 3, backoffSeconds: 5, fallback: 'stop' }, setupScript: null, idleStopMinutes: null, limits: { memoryBytes: 4 * GIB, diskBytes: null } });
    changeEnvironment({ ANYON_IDLE_STOP_MINUTES: '90', ANYON_EGRESS_DEFAULT: 'allow-list' });
    const strict = await createWorkspace(owner, createWorkspaceInput.parse({ repositoryUrl }));
    expect(strict).toMatchObject({ idleStopMinutes: 90, egress: { level: 'allow-list', hosts: [...usualEgressHosts] } });
  });

  it('is refused, and leaves no row, when its image can be none', async () => {
    const input = createWorkspaceInput.parse({ repositoryUrl, name: 'No such row', image: 'a//b' });
    await expect(createWorkspace(owner, input)).rejects.toMatchObject({ kind: 'invalid' });
    expect(await database().select().from(workspaces).where(eq(workspaces.name, 'No such row'))).toEqual([]);
  });

  it('made from another one has its settings and repositories, an owner of its own, and a name that says so', async () => {
    const admin = await product.addUser('admin', 'admin');
    const extraRepositories = [{ url: 'https://github.com/owner/other', branch: null, folder: 'other' }];
    const original = await createWorkspace(owner, createWorkspaceInput.parse({ repositoryUrl, branch: 'develop', name: 'Original', setupScript: 'make\n', idleStopMinutes: 30, egress: { level: 'allow-list', hosts: ['example.com'] }, extraRepositories }));
    const same = { repositoryUrl, branch: 'develop', setupScript: 'make\n', idleStopMinutes: 30, egress: original.egress, limits: original.limits, image: original.image, extraRepositories };
    const copy = await duplicateWorkspace(await requireWorkspaceAccess(admin, original.id));
    expect(copy).toMatchObject({ ...same, name: 'Original copy', owner: { login: 'admin' }, status: 'creating' });
    const access = await requireWorkspaceAccess(owner, original.id);
    expect([(await duplicateWorkspace(access)).name, (await duplicateWorkspace(access)).name, (await duplicateWorkspace(access, 'Mine')).name]).toEqual(['Original copy', 'Original copy 2', 'Mine']);
    const long = await createWorkspace(owner, createWorkspaceInput.parse({ repositoryUrl, name: 'x'.repeat(64) }));
    expect((await duplicateWorkspace(await requireWorkspaceAccess(owner, long.id))).name).toBe(`${'x'.repeat(59)} copy`);
  });
});
