import FormField from '@cloudscape-design/components/form-field';
import Select from '@cloudscape-design/components/select';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/aws';
import { ApiError } from '../../api/errors';
import { flash } from '../../app/flashes';
import { ConfirmDialog } from '../../shared/ConfirmDialog';
import { cli } from '../../shared/cli';
import { ErrorBox } from '../../shared/Feedback';
import { busesQuery } from '../rules/api';

/** Puts the event on a bus, where the rules take it for real. */
export function SendDialog({ event, onClose }: { event: string; onClose(): void }) {
  const buses = useQuery(busesQuery).data ?? [];
  const [bus, setBus] = useState('default');
  const entry = entryOf(event, bus);
  if (!entry) {
    return (
      <ConfirmDialog title="Send the event" confirm="Send" isDisabled onConfirm={async () => {}} onClose={onClose}>
        <ErrorBox error={new Error('The event is no JSON object.')} title="It cannot be sent" />
      </ConfirmDialog>
    );
  }
  const input = { Entries: [entry] };
  return (
    <ConfirmDialog
      title="Send the event"
      confirm="Send"
      command={cli('events', 'PutEvents', input)}
      onConfirm={async () => {
        const answer = await call<{ Entries: { EventId?: string; ErrorCode?: string; ErrorMessage?: string }[] }>(
          'events',
          'PutEvents',
          input,
        );
        const { ErrorCode, ErrorMessage = '', EventId } = answer.Entries[0] ?? {};
        if (ErrorCode) throw new ApiError(ErrorCode, ErrorMessage, 400);
        flash({ type: 'success', content: `Sent to ${bus} as event ${EventId}.` });
      }}
      onClose={onClose}
    >
      <span>
        Rules of the bus that match it call their targets, for real. Its id, account and region are made anew.
      </span>
      <FormField label="Event bus" stretch>
        <Select
          selectedOption={{ value: bus, label: bus }}
          options={buses.map(({ Name }) => ({ value: Name, label: Name }))}
          onChange={({ detail }) => setBus(detail.selectedOption.value ?? 'default')}
        />
      </FormField>
    </ConfirmDialog>
  );
}

/** An entry of PutEvents; null: there is no object to send. */
function entryOf(text: string, bus: string) {
  try {
    const event = JSON.parse(text);
    if (typeof event !== 'object' || event === null || Array.isArray(event)) return null;
    return {
      Source: event.source,
      DetailType: event['detail-type'],
      Detail: JSON.stringify(event.detail ?? {}),
      Resources: event.resources,
      EventBusName: bus,
    };
  } catch {
    return null;
  }
}
