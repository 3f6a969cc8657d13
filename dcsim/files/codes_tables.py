"""The codes of findings about tables: lists of accounts, logs and dumps."""

from __future__ import annotations

from collections.abc import Mapping

from dcsim.files.code import Code

TABLES: Mapping[str, Code] = {
    "DC175": Code(
        "no table",
        "The file is not the table that its suffix promises: CSV whose first row names the columns (.csv), JSON Lines "
        "(.jsonl, .ndjson) or Parquet (.parquet).",
        "id,kind\nU001,user,email",
        "Mend the row at the position given, or give the file the suffix of its format.",
    ),
    "DC176": Code(
        "Parquet is not installed",
        "Reading and writing Parquet needs the library pyarrow, which comes with the extra `parquet`.",
        "dcsim predict first.yaml --parquet monday.parquet",
        "Install it with `pip install 'dcsim[parquet]'`, or use CSV.",
    ),
    "DC195": Code(
        "missing column",
        "The table has no column for something that is needed: the time, the account and the act of a log, the account "
        "of a dump. Neither the mapping nor a usual name fits any column of its first row.",
        "WHEN,WHO,WHAT\n10/06/2023 18:05,U001,LOGIN",
        "Name the column in a mapping file (`--map columns.yaml`).",
    ),
    "DC196": Code(
        "unreadable cell",
        "A cell is not what its column should hold: a time, yes or no, a whole number, or one of a few words. The cell "
        "is not quoted, because it may be a secret.",
        "time,account,act\nyesterday,U001,logout",
        "Correct the row; or give the column's format or the meaning of its values in a mapping file.",
    ),
    "DC197": Code(
        "unknown name in a mapping",
        "The mapping names an argument, a field or an outcome that does not exist.",
        "log: {outcome: {column: RESULT, values: {OK: acepted}}}",
        "Use the name that the finding suggests. Arguments are those of scenario steps; fields those of an account.",
    ),
    "DC198": Code(
        "nothing to reconcile",
        "No row of the table could be used: it is empty, or it knows no account of the scenario.",
        "time,account,act\n2023-06-10 18:05,X1,logout",
        "Give the scenario the accounts that took part in the day, under the names that the table uses.",
    ),
    "DC199": Code(
        "account twice in a dump",
        "The dump has two rows for the same account, so it is not clear what the account holds.",
        "account,password\nU001,P1\nU001,P2",
        "Dump one site at one instant: one row for each account.",
    ),
}
