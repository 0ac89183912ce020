'use client';

export function SecretsTab() {
  return null;
}
