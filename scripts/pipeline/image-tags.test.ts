import { describe, expect, it } from 'vitest';
import { imageTags } from './image-tags.mjs';

const commit = '0123456789abcdef0123456789abcdef01234567';
const exact = 'sha-0123456789ab';

describe('tags of an image', () => {
  it.each([
    ['refs/heads/main', ['latest', exact], true],
    ['refs/tags/v1.2.3', ['v1.2.3', exact], true],
    ['refs/tags/v10.0.0-rc.1', ['v10.0.0-rc.1', exact], true],
    ['refs/heads/feature/main', [exact], false],
    ['refs/heads/v1.2.3', [exact], false],
    ['refs/pull/7/merge', [exact], false],
    ['refs/tags/1.2.3', [exact], false],
    ['refs/tags/v1.2', [exact], false],
    ['refs/tags/v1.2.3;echo', [exact], false],
    ['', [exact], false],
  ])('of %s', (ref, tags, published) => {
    expect(imageTags(ref, commit)).toEqual({ tags, published });
  });

  it('are of a commit and nothing else', () => {
    for (const wrong of ['', 'main', `${commit}0`, 'ABCDEF0', '$(id)']) expect(() => imageTags('refs/heads/main', wrong)).toThrow('no commit');
  });
});
