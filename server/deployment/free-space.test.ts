import { expect, it } from 'vitest';
import { assertFreeSpace } from '@/server/deployment/free-space';

it('says nothing while there is room', async () => {
  await expect(assertFreeSpace('/', 1)).resolves.toBeUndefined();
});

it('refuses with figures when there is not', async () => {
  await expect(assertFreeSpace('/', 2 ** 60)).rejects.toMatchObject({
    kind: 'limit_reached',
    message: expect.stringMatching(/^The disk is nearly full: [\d.]+ [GM]iB free at \/, and at least 1073741824\.0 GiB are needed\./),
  });
});
