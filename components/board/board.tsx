'use client';

import type {} from '@/contract/board';

/** All runs over all workspaces, by what they need. */
export function Board() {
  return null;
}
