"""The question and its answer: does a runbook keep its rules, with which evidence, and what does the answer cover?"""
