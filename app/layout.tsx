import type { Metadata, Viewport } from 'next';
import { headers } from 'next/headers';
import type { ReactNode } from 'react';
import { Theme } from '@/components/frame/theme';
import './globals.css';

export const metadata: Metadata = {
  title: { default: 'Anyon', template: '%s · Anyon' },
  description: 'Claude Code for your team, on your own machine.',
};

export const viewport: Viewport = {
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#fafaf9' },
    { media: '(prefers-color-scheme: dark)', color: '#0f0f11' },
  ],
};

/** The theme is set by a small inline script before the first paint; it carries the nonce that proxy.ts made for this request. */
export default async function RootLayout({ children }: { children: ReactNode }) {
  const nonce = (await headers()).get('x-nonce') ?? undefined;
  return (
    <html lang="en" suppressHydrationWarning>
      <body>
        <Theme nonce={nonce}>{children}</Theme>
      </body>
    </html>
  );
}
