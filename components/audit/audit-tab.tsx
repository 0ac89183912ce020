'use client';

export function AuditTab() {
  return null;
}
