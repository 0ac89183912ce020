import type { Metadata } from 'next';
import { WelcomePage } from '@/components/welcome/welcome-page';
import { signInWays } from '@/server/auth/sign-in-ways';

export const metadata: Metadata = { title: 'Set up' };

export default function Page() {
  return <WelcomePage signIn={signInWays()} />;
}
