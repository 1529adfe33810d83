"""The workflow as a LangGraph graph: plan -> retrieve -> reason -> critique -> finish, revise, retrieve more or abstain.

Only nodes and edges; what they do is in the agents' own files.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from heiso.agents.critique import critique
from heiso.agents.planning import plan
from heiso.agents.reasoning import reason
from heiso.agents.retrieving import retrieve
from heiso.agents.state import Deps, State

__all__ = ["workflow"]


@cache
def workflow() -> CompiledStateGraph[State, Deps, State, State]:
    """The compiled graph; it holds no state of its own, so that one serves every run."""
    graph: StateGraph[State, Deps, State, State] = StateGraph(State, context_schema=Deps)
    graph.add_node("plan", _plan)
    graph.add_node("retrieve", _retrieve)
    graph.add_node("reason", _reason)
    graph.add_node("critique", _critique)
    graph.add_edge(START, "plan")
    graph.add_edge("plan", "retrieve")
    graph.add_conditional_edges("retrieve", _after_retrieval, {"reason": "reason", "end": END})
    graph.add_edge("reason", "critique")
    graph.add_conditional_edges(
        "critique", _after_critique, {"reason": "reason", "retrieve": "retrieve", "end": END}
    )
    return graph.compile()


def _plan(state: State, runtime: Runtime[Deps]) -> Any:
    return plan(state, runtime.context)


def _retrieve(state: State, runtime: Runtime[Deps]) -> Any:
    return retrieve(state, runtime.context)


def _reason(state: State, runtime: Runtime[Deps]) -> Any:
    return reason(state, runtime.context)


def _critique(state: State, runtime: Runtime[Deps]) -> Any:
    return critique(state, runtime.context)


def _after_retrieval(state: State) -> Literal["reason", "end"]:
    return "end" if state["next"] == "abstain" else "reason"


def _after_critique(state: State) -> Literal["reason", "retrieve", "end"]:
    steps: dict[str, Literal["reason", "retrieve"]] = {"revise": "reason", "retrieve": "retrieve"}
    return steps.get(state["next"], "end")
