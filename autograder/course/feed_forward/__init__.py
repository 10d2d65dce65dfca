"""What the lesson on the feed-forward layer and the residual stream uses: experiments, figures, stand-ins."""
