"""`emtkit completion`: the script that completes commands and options in a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    r"""Print the completion script for SHELL.

    \b
    bash: emtkit completion bash > ~/.local/share/bash-completion/completions/emtkit
    zsh:  emtkit completion zsh > "${fpath[1]}/_emtkit"
    fish: emtkit completion fish > ~/.config/fish/completions/emtkit.fish
    """
    kind = get_completion_class(shell)
    if kind is None:  # click knows these three
        raise click.UsageError(f"no completion for {shell}")
    made = kind(ctx.find_root().command, {}, "emtkit", "_EMTKIT_COMPLETE")
    # not `source()`: it starts a bash to ask for its version and complains if there is none
    click.echo(made.source_template % made.source_vars())
