'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { LayoutTemplate, Pencil, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { TemplateView } from '@/contract/template';
import { useIsAdmin } from '@/components/frame/person-context';
import { egressWords } from '@/components/settings/egress-fields';
import { TemplateDialog } from '@/components/templates/template-dialog';
import { errorKind, errorSentence } from '@/components/trpc/error-kind';
import { Loaded } from '@/components/trpc/loaded';
import { useTRPC } from '@/components/trpc/trpc';
import { Button, IconButton } from '@/components/ui/button';
import { Dialog } from '@/components/ui/dialog';
import { EmptyState } from '@/components/ui/empty-state';
import { FailureNotice } from '@/components/ui/failure-notice';
import { formatSize } from '@/components/ui/quantities';
import { Card, Section } from '@/components/ui/section';

/** Sets of limits, image and settings that a new workspace can begin with. Everybody sees them, administrators make them. */
export function TemplatesTab() {
  const trpc = useTRPC();
  const isAdmin = useIsAdmin();
  const templates = useQuery(trpc.templates.list.queryOptions());
  const [editing, setEditing] = useState<TemplateView | 'new' | null>(null);
  const add = isAdmin && (
    <Button size="small" icon={<Plus aria-hidden className="size-3.5" />} onClick={() => setEditing('new')}>
      New template
    </Button>
  );
  return (
    <div className="pt-4">
      <Section title="Templates" note="What a new workspace can begin with. Changing one changes no workspace that exists." action={add}>
        <Loaded query={templates} height="h-32">
          {(list) => (
            <Card>
              {list.length === 0 ? (
                <EmptyState icon={LayoutTemplate} title="No templates" action={add}>
                  {isAdmin ? 'Prepare limits, image, network and set-up script once; everybody chooses them by name.' : 'Administrators can prepare some.'}
                </EmptyState>
              ) : (
                <ul className="divide-y divide-line">
                  {list.map((template) => (
                    <TemplateRow key={template.id} template={template} canEdit={isAdmin} onEdit={() => setEditing(template)} />
                  ))}
                </ul>
              )}
            </Card>
          )}
        </Loaded>
      </Section>
      <TemplateDialog editing={editing} onClose={() => setEditing(null)} />
    </div>
  );
}

function TemplateRow({ template, canEdit, onEdit }: { template: TemplateView; canEdit: boolean; onEdit: () => void }) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [asking, setAsking] = useState(false);
  const remove = useMutation(trpc.templates.remove.mutationOptions({ onSettled: () => void queryClient.invalidateQueries({ queryKey: trpc.templates.list.queryKey() }) }));
  return (
    <li className="flex items-start gap-3 px-4 py-3">
      <div className="min-w-0 flex-1">
        <div className="font-medium [overflow-wrap:anywhere]">{template.name}</div>
        {template.description && <p className="text-sm text-ink-soft [overflow-wrap:anywhere]">{template.description}</p>}
        <p className="text-xs text-ink-faint [overflow-wrap:anywhere]">{inWords(template)}</p>
      </div>
      {canEdit && (
        <span className="flex">
          <IconButton label={`Change ${template.name}`} onClick={onEdit}>
            <Pencil aria-hidden />
          </IconButton>
          <IconButton label={`Remove ${template.name}`} onClick={() => setAsking(true)}>
            <Trash2 aria-hidden />
          </IconButton>
        </span>
      )}
      <Dialog open={asking} onClose={() => setAsking(false)} title={`Remove ${template.name}?`}>
        <p className="text-ink-soft">It cannot be chosen for new workspaces any more. Workspaces that began with it keep what they have.</p>
        {remove.isError && <FailureNotice message={errorSentence(remove.error)} kind={errorKind(remove.error)} />}
        <div className="flex justify-end gap-2">
          <Button onClick={() => setAsking(false)}>Keep it</Button>
          <Button variant="danger" busy={remove.isPending} onClick={() => remove.mutate({ templateId: template.id })}>
            Remove it
          </Button>
        </div>
      </Dialog>
    </li>
  );
}

function inWords({ limits, image, egress, setupScript, idleStopMinutes, recovery }: TemplateView): string {
  return [
    `${formatSize(limits.memoryBytes)}, ${limits.cpus} ${limits.cpus === 1 ? 'core' : 'cores'}${limits.diskBytes ? `, ${formatSize(limits.diskBytes)} disk` : ''}`,
    `network: ${egressWords[egress.level].label.toLowerCase()}`,
    image && `image ${image}`,
    setupScript && 'set-up script',
    idleStopMinutes && `idle stop after ${idleStopMinutes} min`,
    recovery.maxRetries === 0 && 'no recovery',
  ]
    .filter(Boolean)
    .join(' · ');
}
