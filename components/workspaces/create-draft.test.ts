import { describe, expect, it } from 'vitest';
import type { TemplateView } from '@/contract/template';
import { plainSettings } from '@/components/settings/settings-draft';
import { emptyDraft, readCreateDraft, withSettings, withTemplate } from '@/components/workspaces/create-draft';

const url = 'https://example.com/one/garden';
const template = { ...plainSettings, id: '01981d0e-7a51-7000-8000-000000000001', limits: { ...plainSettings.limits, memoryBytes: 8 * 1024 ** 3 }, setupScript: 'npm ci', name: 'Big', description: '', createdAt: new Date() } as TemplateView;

describe('the form for a new workspace', () => {
  it('sends the address and the limits, and leaves the rest to the install', () => {
    expect(readCreateDraft({ ...emptyDraft, repositoryUrl: url }).input).toEqual({ repositoryUrl: url, limits: plainSettings.limits, extraRepositories: [] });
  });

  it('leaves to the template what was not touched', () => {
    const draft = withTemplate({ ...emptyDraft, repositoryUrl: url }, template, {});
    expect([draft.settings.memoryGib, draft.settings.setupScript]).toEqual(['8', 'npm ci']);
    expect(readCreateDraft(draft).input).toEqual({ repositoryUrl: url, templateId: template.id, extraRepositories: [] });
    expect(readCreateDraft(withSettings(draft, { cpus: '4' })).input).toMatchObject({ limits: { memoryBytes: 8 * 1024 ** 3, cpus: 4 } });
    expect(readCreateDraft(withSettings(draft, { setupScript: '' })).input).toMatchObject({ setupScript: '' });
  });

  it('says what is wrong, further repositories included', () => {
    const repository = { url: 'git@github.com:one/two.git', branch: '', folder: 'two' };
    expect(readCreateDraft({ ...emptyDraft, repositoryUrl: '' }).problems).toEqual({ repositoryUrl: 'Enter the address of a git repository.' });
    expect(readCreateDraft({ ...emptyDraft, repositoryUrl: url, extraRepositories: [repository] }).problems).toEqual({ extraRepositories: 'SSH addresses are not supported. Use the https:// address of the repository.' });
    const twice = { url: 'https://example.com/two', branch: '', folder: 'two' };
    expect(readCreateDraft({ ...emptyDraft, repositoryUrl: url, extraRepositories: [twice, twice] }).problems).toEqual({ extraRepositories: 'Two repositories may not have the same folder.' });
    expect(readCreateDraft(withSettings({ ...emptyDraft, repositoryUrl: url }, { image: '-x' })).problems['image']).toContain('not the name of an image');
  });
});
