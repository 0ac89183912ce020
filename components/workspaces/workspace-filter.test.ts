import { describe, expect, it } from 'vitest';
import type { ListedWorkspace } from '@/contract/workspace';
import { isFiltered, matchesFilter, readFilter, writeFilter, type WorkspaceListFilter } from '@/components/workspaces/workspace-filter';

const all: WorkspaceListFilter = { states: [], ownerId: null, repositoryUrl: null, text: '' };
const garden = { name: 'Garden', status: 'running', branch: 'spring', repositoryUrl: 'https://example.com/one/garden.git', owner: { id: 'o1', login: 'ada' } } as ListedWorkspace;

describe('the filter of the list', () => {
  it('goes into the address and comes back the same', () => {
    const filter: WorkspaceListFilter = { states: ['running', 'archived'], ownerId: 'o1', repositoryUrl: 'https://example.com/a?b', text: 'two words' };
    expect(readFilter(new URLSearchParams(writeFilter(filter)))).toEqual(filter);
    expect([isFiltered(filter), isFiltered(all), writeFilter(all)]).toEqual([true, false, '']);
  });

  it('leaves out what is no state', () => {
    expect(readFilter(new URLSearchParams('state=running,<b>,')).states).toEqual(['running']);
  });

  it('hides the archived ones until they are asked for', () => {
    const archived = { ...garden, status: 'archived' } as ListedWorkspace;
    expect([matchesFilter(all, garden), matchesFilter(all, archived), matchesFilter({ ...all, states: ['archived'] }, archived)]).toEqual([true, false, true]);
  });

  it.each([
    [{ states: ['stopped' as const] }, false],
    [{ ownerId: 'o2' }, false],
    [{ repositoryUrl: 'https://example.com/one/garden.git' }, true],
    [{ text: 'gard SPRING' }, true],
    [{ text: 'ada' }, true],
    [{ text: 'gard winter' }, false],
  ])('%o: %s', (change, expected) => expect(matchesFilter({ ...all, ...change }, garden)).toBe(expected));
});
