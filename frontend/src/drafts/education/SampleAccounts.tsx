import { Button } from "react-aria-components";
import samples from "../../../../samples/reference.jsonl?raw";
import { isLocalMode } from "../../site/address";
import type { Registration } from "./useRegistration";

interface Account {
  readonly kind: string;
  readonly accountId: string;
  readonly businessId: string;
}

/** The accounts that the local mode brings along. */
export function SampleAccounts({ work }: { work: Registration }) {
  if (!isLocalMode) return null;
  const { form } = work;
  return (
    <details className="samples">
      <summary>Accounts of the local mode</summary>
      <ul>
        {accounts().map(({ accountId, businessId }) => (
          <li key={accountId}>
            <span>
              {businessId} <code>{accountId}</code>
            </span>
            <Button
              className="button small"
              onPress={() => {
                const options = { shouldDirty: true, shouldValidate: true };
                form.setValue("userBusinessId", businessId, options);
                form.setValue("accountId", accountId, options);
              }}
            >
              Use<span className="unseen"> {businessId}</span>
            </Button>
          </li>
        ))}
      </ul>
    </details>
  );
}

function accounts(): Account[] {
  const lines = samples.trim().split("\n");
  return lines.map((line) => JSON.parse(line) as Account).filter(({ kind }) => kind === "account");
}
