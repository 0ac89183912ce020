'use client';

import { ArrowLeft, ArrowRight } from 'lucide-react';
import { ClaudeCard } from '@/components/connections/claude-card';
import { GitHubCard } from '@/components/connections/github-card';
import { PageColumn } from '@/components/frame/page-header';
import { useTab } from '@/components/frame/use-tab';
import { Button, ButtonLink } from '@/components/ui/button';
import { FirstWorkspace } from '@/components/welcome/first-workspace';
import { MachineStep } from '@/components/welcome/machine-step';
import { PeopleStep, type SignInSettings } from '@/components/welcome/people-step';
import { StepList } from '@/components/welcome/step-list';
import { steps, type Step } from '@/components/welcome/steps';

const titles: Record<Step, { title: string; note: string }> = {
  machine: { title: 'This machine', note: 'Whether everything is in order, and how much it can carry.' },
  people: { title: 'Who may sign in', note: 'Nobody else has access, whoever finds the address.' },
  github: { title: 'Connect GitHub', note: 'For private repositories, pushing and pull requests. Public ones can be cloned without.' },
  claude: { title: 'Connect Claude', note: 'Runs use your own account. Without one the built-in simulator answers, so that you can look around first.' },
  workspace: { title: 'Your first workspace', note: 'A container with a repository and Claude Code. It is ready in about a minute, and then you ask for something.' },
};

/** From an empty Anyon to the first run, in five steps. Each can be left out and done later. */
export function WelcomePage({ signIn }: { signIn: SignInSettings }) {
  const [step, open] = useTab(steps);
  const index = steps.indexOf(step);
  const [before, after] = [steps[index - 1], steps[index + 1]];
  const { title, note } = titles[step];
  return (
    <PageColumn>
      <h1 className="text-xl font-semibold">Set up Anyon</h1>
      <div className="grid gap-6 md:grid-cols-[220px_1fr]">
        <StepList step={step} titles={titles} onOpen={open} />
        <section aria-labelledby="step" className="flex min-w-0 flex-col gap-4">
          <div>
            <h2 id="step" className="text-lg font-semibold">
              {title}
            </h2>
            <p className="text-sm text-ink-soft">{note}</p>
          </div>
          {step === 'machine' && <MachineStep />}
          {step === 'people' && <PeopleStep signIn={signIn} />}
          {step === 'github' && <GitHubCard />}
          {step === 'claude' && <ClaudeCard />}
          {step === 'workspace' && <FirstWorkspace />}
          <div className="flex items-center gap-2 border-t border-line pt-4">
            {before && (
              <Button icon={<ArrowLeft aria-hidden className="size-4" />} onClick={() => open(before)}>
                Back
              </Button>
            )}
            <ButtonLink href="/" variant="quiet" className="ml-auto">
              Finish later
            </ButtonLink>
            {after && (
              <Button variant="primary" icon={<ArrowRight aria-hidden className="size-4" />} onClick={() => open(after)}>
                Next
              </Button>
            )}
          </div>
        </section>
      </div>
    </PageColumn>
  );
}
