import { Button } from "react-aria-components";
import samples from "../../../../samples/reference.jsonl?raw";
import { isLocalMode } from "../../site/address";
import type { Registration } from "./useRegistration";

interface Account {
  readonly kind: string;
  readonly accountId: string;
  readonly businessId: string;
}

/** The accounts that the local mode has loaded: each fills in its member too. */
export function SampleAccounts({ registration }: { registration: Registration }) {
  if (!isLocalMode) return null;
  const { form } = registration;
  return (
    <details className="samples">
      <summary>Sample accounts to try</summary>
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
