'use client';

export function AlertsTab() {
  return null;
}
