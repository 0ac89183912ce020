'use client';

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { workspaceNameSchema, type WorkspaceView } from '@/contract/workspace';
import { EgressFields } from '@/components/settings/egress-fields';
import { MoreLimitsFields, SizeFields } from '@/components/settings/limits-fields';
import { IdleStopField, ImageField, SetupScriptField } from '@/components/settings/plain-fields';
import { RecoveryFields } from '@/components/settings/recovery-fields';
import { useTRPC } from '@/components/trpc/trpc';
import { Field, TextInput } from '@/components/ui/field';
import { DangerCard } from '@/components/workspace/danger-card';
import { CardFrame, SettingsCard, useChangeWorkspace } from '@/components/workspace/settings-card';

/** Everything about a workspace that can be changed. Each group says when it takes effect. */
export function SettingsTab({ workspace }: { workspace: WorkspaceView }) {
  const trpc = useTRPC();
  const install = useQuery(trpc.system.status.queryOptions(undefined, { staleTime: 60_000 })).data?.install;
  const atNextStart = workspace.status === 'running' ? 'Applies at the next start: restart it after saving.' : 'Applies at the next start.';
  return (
    <div className="flex flex-col gap-4 pt-3">
      <NameCard workspace={workspace} />
      <SettingsCard
        workspace={workspace}
        title="Limits"
        applies="Applies at once, also while it runs."
        part={({ limits }) => ({ limits })}
        fields={(props) => (
          <>
            <SizeFields {...props} />
            <MoreLimitsFields {...props} />
          </>
        )}
      />
      <SettingsCard workspace={workspace} title="Network" applies={`Hosts apply at once, the level at the next start${workspace.status === 'running' ? ': restart it after saving' : ''}.`} part={({ egress }) => ({ egress })} fields={(props) => <EgressFields {...props} />} />
      <SettingsCard workspace={workspace} title="Image" applies={atNextStart} part={({ image }) => ({ image: image ?? install?.image ?? workspace.image })} fields={(props) => <ImageField {...props} labelHidden installImage={install?.image} />} />
      <SettingsCard workspace={workspace} title="Recovery" applies="Applies at once." part={({ recovery }) => ({ recovery })} fields={(props) => <RecoveryFields {...props} />} />
      <SettingsCard workspace={workspace} title="Set-up script" applies="Runs at the next start when it was changed." part={({ setupScript }) => ({ setupScript })} fields={(props) => <SetupScriptField {...props} labelHidden />} />
      <SettingsCard workspace={workspace} title="Stop when idle" applies="Applies at once." part={({ idleStopMinutes }) => ({ idleStopMinutes })} fields={(props) => <IdleStopField {...props} labelHidden />} />
      <DangerCard workspace={workspace} />
    </div>
  );
}

function NameCard({ workspace }: { workspace: WorkspaceView }) {
  const [edited, setEdited] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | undefined>();
  const change = useChangeWorkspace(workspace.id);
  const name = edited ?? workspace.name;
  const save = () => {
    const checked = workspaceNameSchema.safeParse(name);
    setProblem(checked.error?.issues[0]?.message);
    if (checked.success) change.mutate({ workspaceId: workspace.id, name: checked.data }, { onSuccess: () => setEdited(null) });
  };
  return (
    <CardFrame title="Name" applies="Applies at once." dirty={name !== workspace.name} saved={change.isSuccess} busy={change.isPending} failure={change.error} onSave={save}>
      <Field label="Name of the workspace" labelHidden error={problem}>
        {(control) => (
          <TextInput
            {...control}
            className="sm:max-w-sm"
            value={name}
            onChange={(event) => {
              setEdited(event.target.value);
              setProblem(undefined);
            }}
          />
        )}
      </Field>
    </CardFrame>
  );
}
