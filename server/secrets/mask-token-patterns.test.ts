import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hasKnownToken, withoutKnownTokens } from '@/contract/known-token';
import { changeTemplateInput } from '@/contract/template';
import { createWorkspaceInput } from '@/contract/workspace';
import { createMasker } from '@/server/secrets/mask';

const parts = fc.constantFrom('sk-ant-', 'api03', '-', '_', 'github_pat_', 'anyon_', 'gh', 'p_', 's_', 'x_', 'a1B2c3D4', 'e5F6g7H8i9J0k1L2m3N4', ' ', '\n', 'é');
const near = fc.array(parts, { maxLength: 8 }).map((list) => list.join(''));

it('what is refused at the door and what is masked are the same tokens', () => {
  const masker = createMasker([]);
  let tokens = 0;
  fc.assert(
    fc.property(near, (text) => {
      const masked = masker.maskText(text.replaceAll('\n', ' '));
      tokens += masked.includes('*') ? 1 : 0;
      expect(hasKnownToken(text.replaceAll('\n', ' '))).toBe(masked.includes('*'));
      if (!text.includes('é')) expect(withoutKnownTokens(text.replaceAll('\n', ' '))).toBe(masked);
    }),
    { numRuns: 20_000 },
  );
  expect(tokens).toBeGreaterThan(100);
});

it.each([`sk-ant-oat01-${'x'.repeat(20)}`, `ghp_${'x'.repeat(36)}`, `github_pat_${'x'.repeat(22)}`, `anyon_${'x'.repeat(38)}`])('a set-up script or an address with %s in it is refused, with a way out', (token) => {
  const script = `export TOKEN=${token}\nnpm ci`;
  const refused = createWorkspaceInput.safeParse({ repositoryUrl: 'https://example.com/a/b', setupScript: script });
  expect(refused.error?.issues.map(({ message }) => message)).toEqual([expect.stringMatching(/access token.*Settings → Secrets.*\$ANYON_SECRETS_DIR/)]);
  expect(createWorkspaceInput.safeParse({ repositoryUrl: `https://example.com/${token}/b` }).error?.issues[0]?.message).toMatch(/access token/);
  expect(createWorkspaceInput.safeParse({ repositoryUrl: 'https://example.com/a/b', extraRepositories: [{ url: `https://example.com/${token}`, folder: 'x' }] }).error?.issues[0]?.message).toMatch(/access token/);
  expect(changeTemplateInput.shape.setupScript.safeParse(script).error?.issues[0]?.message).toMatch(/Settings → Secrets/);
  expect(createWorkspaceInput.safeParse({ repositoryUrl: 'https://example.com/a/b', setupScript: 'cat "$ANYON_SECRETS_DIR/env/NPM_TOKEN"' }).success).toBe(true);
});
