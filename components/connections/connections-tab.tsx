'use client';

export function ConnectionsTab() {
  return null;
}
