import type { Difference } from "../api/types";

/** What edits change in bodies. */
export function Differences({ differences }: { differences: readonly Difference[] }) {
  return (
    <div className="table" tabIndex={0} role="group" aria-label="What changes">
      <table className="differences">
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
          </tr>
        </thead>
        <tbody>
          {differences.map((each) => (
            <tr key={`${each.messageId} ${each.path}`}>
              <th scope="row">
                <code>{each.path}</code>
              </th>
              <td>{each.old === null ? "nothing" : <del>{each.old}</del>}</td>
              <td>
                <ins>{each.new}</ins>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
