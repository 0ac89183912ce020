import { describe, expect, it } from 'vitest';
import { wordProposal, type ToldRun } from '@/server/runs/publishing/word-proposal';
import { withTrailer } from '@/server/runs/publishing/commit-worktree';

const file = (path: string, status = 'modified') => ({ path, status, additions: 3, deletions: 1 });
const run = (prompt: string, more: Partial<ToldRun> = {}): ToldRun => ({ prompt, lastWords: null, changedFiles: [], ...more });

describe('what is proposed', () => {
  it('names the commit after what was asked last, and the pull request after what was asked first', () => {
    const { commitMessage, title, body } = wordProposal([
      run('please add a search box to the page. It should be quick.', { lastWords: 'I added it.', changedFiles: [file('src/search.ts', 'added')] }),
      run('Now make it case-insensitive!', { lastWords: 'Search ignores case now.\n\nAnd more.', changedFiles: [file('src/search.ts'), file('src/page.ts')] }),
    ]);
    expect(title).toBe('Add a search box to the page');
    expect(commitMessage).toBe('Make it case-insensitive\n\nSearch ignores case now.');
    expect(body).toBe(
      '## What was done\n\nSearch ignores case now.\n\nAnd more.\n\n## What was asked\n\n> please add a search box to the page. It should be quick.\n\n> Now make it case-insensitive!\n\n' +
        '## Changed files\n\n- `src/search.ts` (+3 −1)\n- `src/page.ts` (+3 −1)\n\nMade with Claude Code, in Anyon.\n',
    );
  });

  it('keeps a subject short and cut between words, and wraps what follows', () => {
    const { commitMessage } = wordProposal([run('rewrite '.repeat(40), { lastWords: 'word '.repeat(60) })]);
    const lines = commitMessage.split('\n');
    expect(lines[0]).toMatch(/^Rewrite( rewrite)+…$/);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(72);
  });

  it('goes by the files where nothing was said in words', () => {
    expect(wordProposal([run('[[sim:write path=a.txt content="x ]] \\" y"]]', { changedFiles: [file('docs/a.txt', 'added')] })]).title).toBe('Add a.txt');
    expect(wordProposal([run('```js\ncode\n```', { changedFiles: [file('a'), file('b'), file('c')] })]).commitMessage).toBe('Change a and 2 other files');
    expect(wordProposal([])).toMatchObject({ title: 'Changes by Claude Code', commitMessage: 'Changes by Claude Code' });
  });

  it('says the same for the same', () => {
    const told = [run('Do it', { changedFiles: [file('a')] })];
    expect(wordProposal(told)).toEqual(wordProposal(told));
  });
});

describe('the trailer that names Claude', () => {
  const claude = 'Co-authored-by: Claude <noreply@anthropic.com>';
  it('stands in a paragraph of its own', () => expect(withTrailer('Do it')).toBe(`Do it\n\n${claude}\n`));
  it('joins the trailers that are there', () => expect(withTrailer('Do it\n\nSigned-off-by: A <a@b>\n')).toBe(`Do it\n\nSigned-off-by: A <a@b>\n${claude}\n`));
  it('comes once', () => expect(withTrailer(`Do it\n\n${claude.toUpperCase()}\n`)).toBe(`Do it\n\n${claude.toUpperCase()}\n`));
  it('takes a subject with a colon for no trailer', () => expect(withTrailer('Fix: it')).toBe(`Fix: it\n\n${claude}\n`));
});
